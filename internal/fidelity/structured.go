package fidelity

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/llmtap/llmtap/internal/genai"
)

// structuredChecks judge answers to requests that want JSON or another form.
var structuredChecks = []Check{
	{"structured.not_json", Violation, Server, Structured,
		"An answer to a request for JSON is one JSON value.", when(wantsForm, structuredNotJSON)},
	{"structured.fenced", Suspicion, Server, Structured,
		"JSON that was asked for does not come in a code fence or among prose.", when(wantsForm, structuredFenced)},
	{"structured.trailing_text", Violation, Server, Structured,
		"Nothing follows the JSON that was asked for.", when(wantsForm, structuredTrailing)},
	{"structured.duplicate_keys", Violation, Server, Structured,
		"No object of the JSON that was asked for has a key twice.", when(wantsForm, structuredDuplicateKeys)},
	{"structured.nan", Violation, Server, Structured,
		"The JSON that was asked for has no NaN or Infinity.", when(wantsForm, structuredNaN)},
	{"structured.schema_invalid", Violation, Server, Structured,
		"An answer is valid by the JSON Schema that was asked for. A suspicion unless the schema is strict or the server " +
			"constrains its output.", when(wantsForm, structuredSchemaInvalid)},
	{"structured.enum_choice", Violation, Server, Structured,
		"An answer is one of the choices that guided decoding was asked for.", when(wantsForm, structuredChoice)},
	{"structured.regex", Violation, Server, Structured,
		"An answer matches the pattern that guided decoding was asked for.", when(wantsForm, structuredRegex)},
	{"structured.unsupported_keyword_accepted", Information, Server, Structured,
		"A strict schema has only keywords that strict schemas may have.", when(wantsForm, structuredKeyword)},
	{"structured.format_ignored_flag", Information, Server, Structured,
		"The text format is repeated in the answer as asked.", flawIn(responsesAnswer, genai.FlawFormatEcho)},
}

func (s *subject) wantsJSON() bool {
	return s.ResponseFormat == "json_object" || s.ResponseFormat == "json_schema"
}

// eachForm judges the texts that ought to have a form, which the request asks for in a word of some server; those beside tool calls
// excepted. Of several messages the last one is the answer.
func (s *subject) eachForm(asked bool, word genai.Word, judge func(text string) result) result {
	return s.eachChoice(asked, func(c *genai.Choice) result {
		if len(c.ToolCalls) > 0 || c.Text == "" && c.Other {
			return notApplicable
		}
		text := s.withoutThinking(c.Text[c.LastMessage:])
		r := judge(text)
		if r.verdict == Fail && s.mayBeStopped(c) && s.mayGoOn(text) {
			return undecidable
		}
		return s.inWord(word, r)
	})
}

// mayGoOn tells whether a text is the beginning of JSON, of what the pattern matches, or of a choice that was asked for.
func (s *subject) mayGoOn(text string) bool {
	_, err := s.read(text)
	return errors.Is(err, errHalf) || s.beginsMatch(text) ||
		slices.ContainsFunc(s.d.AnswerChoice, func(choice string) bool { return strings.HasPrefix(choice, text) })
}

// eachJSON judges the texts that ought to be JSON, as read; err is errNotJSON, errHalf or errTrailing where they are not.
func (s *subject) eachJSON(asked bool, judge func(text string, doc document, err error) result) result {
	return s.eachForm(asked, s.d.FormWord, func(text string) result {
		doc, err := s.read(text)
		if errors.Is(err, errOver) {
			return undecidable
		}
		return judge(text, doc, err)
	})
}

func structuredNotJSON(s *subject) result {
	return s.eachJSON(s.wantsJSON(), func(text string, _ document, err error) result { return failIf(err != nil, text) })
}

func structuredFenced(s *subject) result {
	return s.eachJSON(s.wantsJSON(), func(text string, _ document, err error) result {
		if err == nil {
			return pass
		}
		inside := withoutFence(text)
		if at := strings.IndexAny(text, "{["); inside == strings.TrimSpace(text) && at > 0 {
			inside = text[at:]
		}
		return failIf(inside != text && beginsWithJSON(inside), text)
	})
}

func structuredTrailing(s *subject) result {
	return s.eachJSON(s.wantsJSON(), func(text string, _ document, err error) result {
		return failIf(errors.Is(err, errTrailing), text)
	})
}

func structuredDuplicateKeys(s *subject) result {
	return s.eachJSON(s.wantsJSON(), func(_ string, doc document, err error) result {
		if err != nil {
			return notApplicable
		}
		return failIf(doc.duplicate != "", doc.duplicate)
	})
}

var notANumber = regexp.MustCompile(`[:\[,]\s*-?(NaN|Infinity)\s*[,}\]]`)

func structuredNaN(s *subject) result {
	return s.eachJSON(s.wantsJSON(), func(text string, _ document, err error) result {
		if err == nil {
			return pass
		}
		found := notANumber.FindString(text)
		return failIf(found != "", found)
	})
}

// guided tells whether the server is one that makes every answer follow the schema, strict or not. A schema beside
// json_object not all of them read.
func (s *subject) guided() bool {
	if s.ResponseFormat != "json_schema" {
		return false
	}
	switch s.server() {
	case genai.ProviderLlamaCpp, genai.ProviderVLLM, genai.ProviderSGLang, genai.ProviderOllama:
		return true
	}
	return s.ownForm()
}

func structuredSchemaInvalid(s *subject) result {
	return s.eachJSON(len(s.d.ResponseSchema) > 0, func(_ string, doc document, err error) result {
		if err != nil {
			return notApplicable
		}
		return s.bySchema(s.d.ResponseSchema, doc.value, s.d.SchemaStrict || s.guided())
	})
}

// bySchema judges a value by a schema. One that need not be heeded to the letter makes a suspicion of what is wrong.
func (s *subject) bySchema(schema []byte, value any, strict bool) result {
	problem, err := s.schemas.get(schema, &s.spent).validate(value, &s.spent)
	switch {
	case err != nil:
		return undecidable
	case problem == "":
		return pass
	case strict:
		return fail(problem)
	}
	return failAs(Suspicion, problem)
}

func structuredChoice(s *subject) result {
	asked := s.d.AnswerChoice
	return s.eachForm(len(asked) > 0, s.d.ChoiceWord, func(text string) result {
		switch {
		case slices.Contains(asked, text), slices.Contains(asked, strings.TrimSpace(text)):
			return pass
		case s.unseen, len(asked) >= genai.AnswerChoicesMax:
			return undecidable // there may be more
		}
		return fail(text)
	})
}

// guide is the pattern of guided decoding, compiled once for all choices.
type guide struct {
	compiled  jsonschema.Regexp
	beginning *beginning
	is        bool
}

func (s *subject) guidePattern() jsonschema.Regexp {
	if !s.guide.is {
		var patterns patterns
		compiled, err := patterns.compile(`^(?:` + s.d.AnswerRegex + `)$`)
		if err != nil {
			compiled = nil
		}
		s.guide = guide{compiled: compiled, is: true}
	}
	return s.guide.compiled
}

func structuredRegex(s *subject) result {
	return s.eachForm(s.d.AnswerRegex != "", s.d.RegexWord, func(text string) result {
		compiled := s.guidePattern()
		if compiled == nil || !s.spent.affords(func(b *bill) bool { return b.match(compiled, text) }) {
			return undecidable
		}
		switch {
		case compiled.MatchString(text):
			return pass
		case s.unseen, differsByDialect(s.d.AnswerRegex, text): // unseen, the pattern may go on
			return undecidable
		}
		return fail(text)
	})
}

// beginsMatch tells whether a text may be the beginning of what the pattern matches.
func (s *subject) beginsMatch(text string) bool {
	if s.d.AnswerRegex == "" {
		return false
	}
	compiled := s.guidePattern()
	if compiled == nil || !s.spent.affords(func(b *bill) bool { return b.match(compiled, text) }) {
		return true
	}
	if s.guide.beginning == nil {
		var err error
		if s.guide.beginning, err = newBeginning(compiled.String()); err != nil {
			return true
		}
	}
	return s.guide.beginning.is(text)
}

// strictLacks are keywords that OpenAI refuses in strict schemas.
var strictLacks = [][]byte{
	[]byte(`"allOf"`), []byte(`"not"`), []byte(`"dependentRequired"`), []byte(`"dependentSchemas"`), []byte(`"if"`),
	[]byte(`"patternProperties"`), []byte(`"unevaluatedProperties"`), []byte(`"propertyNames"`), []byte(`"uniqueItems"`),
	[]byte(`"contains"`), []byte(`"(?=`), []byte(`"(?!`),
}

func structuredKeyword(s *subject) result {
	if !s.answered || !s.d.SchemaStrict {
		return notApplicable
	}
	for _, keyword := range strictLacks {
		if bytes.Contains(s.d.ResponseSchema, keyword) {
			return fail(string(keyword))
		}
	}
	return pass
}
