package fidelity

// Limit is a bound on what the checks take from outside.
type Limit struct {
	What  string
	Value int
}

// Limits gives all bounds, for the documentation.
func Limits() []Limit {
	return []Limit{
		{"bytes of a text that is read as JSON", documentBytesMax},
		{"levels of it", documentDepthMax},
		{"values in it", documentValuesMax},
		{"characters of a number in it", numberBytesMax},
		{"exponent of a number in it", exponentMax},
		{"bytes of a schema", schemaBytesMax},
		{"compiled schemas that are kept", schemasMax},
		{"bytes of memory for them, about", schemaBytesSum},
		{"bytes of memory for those that are compiled for one call, but for the last", compiledMax},
		{"subschemas of a schema, about, those that references repeat included", subschemasMax},
		{"bytes of the pointers to them", pointerBytesMax},
		{"visits of a subschema with a value in one validation", costMax},
		{"such visits in all validations of a call", costSum},
		{"JSON values that are read of one call, those read anew included", readMax},
		{"bytes of a pattern", patternBytesMax},
		{"steps of a pattern's machine", patternStepsMax},
		{"steps of the machines of a schema's patterns", schemaStepsMax},
		{"earlier calls that are remembered, of each kind", historyCallsMax},
		{"bytes of one finding's evidence", evidenceBytesMax},
	}
}
