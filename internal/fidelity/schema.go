package fidelity

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// errUndecidable tells that an instance could not be judged by its schema.
var errUndecidable = errors.New("no verdict by this schema")

// schema is a compiled JSON Schema; without one inside, nothing can be judged by it.
type schema struct {
	compiled *jsonschema.Schema
	// openAPI tells that the schema uses OpenAPI's nullable, which JSON Schema does not know.
	openAPI bool
	// weight is what it takes to keep, in bytes, or what it took to find out that nothing can be judged by it.
	weight int
}

// compile compiles a schema of any draft. References to other documents are never followed, formats not asserted.
func compile(text []byte) schema {
	doc, err := readDocument(string(text))
	if err != nil {
		return schema{weight: len(text)}
	}
	form := shapeOf(doc.value)
	if form.over() {
		return schema{weight: len(text)}
	}
	var patterns patterns
	return schema{
		compiled: compileDocument(doc.value, &patterns),
		openAPI:  bytes.Contains(text, []byte(`"nullable"`)),
		weight:   len(text) + form.weight() + patterns.weight*bytesPerStep,
	}
}

// compileDocument gives nothing for what is no schema, and for one by which nothing can be judged.
func compileDocument(doc any, patterns *patterns) (out *jsonschema.Schema) {
	defer func() {
		if recover() != nil { // a schema that the validator does not stand
			out = nil
		}
	}()
	const name = "schema:tool"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	compiler.UseRegexpEngine(patterns.compile)
	if err := compiler.AddResource(name, doc); err != nil {
		return nil
	}
	compiled, err := compiler.Compile(name)
	if err != nil || !prepare(compiled, map[*jsonschema.Schema]bool{}) {
		return nil
	}
	return compiled
}

// noLoader refuses to load what a schema refers to.
type noLoader struct{}

// Load implements jsonschema.URLLoader.
func (noLoader) Load(string) (any, error) {
	return nil, errors.New("references to other documents are not followed")
}

// validate judges a value. problem tells the first thing that is wrong with it.
func (s schema) validate(value any, spent *account) (problem string, err error) {
	if s.compiled == nil {
		return "", errUndecidable
	}
	if !spent.affords(func(b *bill) bool { return b.visit(s.compiled, value, 0, false) }) {
		return "", errUndecidable
	}
	wrong := s.compiled.Validate(value)
	if wrong == nil {
		return "", nil
	}
	if s.openAPI {
		return "", errUndecidable
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](wrong)
	if !ok || hangsOnDialect(invalid) {
		return "", errUndecidable
	}
	return firstProblem(invalid), nil
}

// hangsOnDialect tells whether a pattern that does not match might in another dialect.
func hangsOnDialect(e *jsonschema.ValidationError) bool {
	pattern, ok := e.ErrorKind.(*kind.Pattern)
	return ok && differsByDialect(pattern.Want, pattern.Got) || slices.ContainsFunc(e.Causes, hangsOnDialect)
}

// firstProblem names the place and the keyword, never a value.
func firstProblem(e *jsonschema.ValidationError) string {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}
	return "/" + strings.Join(e.InstanceLocation, "/") + " breaks " + strings.Join(e.ErrorKind.KeywordPath(), "/")
}
