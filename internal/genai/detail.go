package genai

// Detail is what a decoder read of a call beyond its summary, in terms that all APIs share. The fidelity checks judge
// it; it never leaves the process. Strings and slices may share memory with the recorded bodies.
type Detail struct {
	Tools          []Tool
	ToolChoice     ToolChoice
	ParallelTools  *bool
	ResponseSchema []byte
	SchemaStrict   bool
	MaxTokens      Count
	ChoiceCount    int
	IncludeUsage   bool
	StreamAsked    bool
	LogprobsAsked  bool
	Choices        []Choice
	// Done tells that a stream had its format's own end ([DONE], message_stop, "done":true).
	Done bool
	// InvalidEvents counts events of a stream that were not valid JSON.
	InvalidEvents int
}

// Tool is a tool that the request offers. Schema is the JSON Schema of its arguments, nil when there is none.
type Tool struct {
	Name   string
	Kind   string
	Schema []byte
	Strict bool
}

// ToolChoice is what the request demands of tool use.
type ToolChoice struct {
	// Mode is auto, none, required, named or allowed; empty when the request says nothing.
	Mode  string
	Names []string
}

// Choice is one alternative answer.
type Choice struct {
	Index        int
	Text         string
	Reasoning    string
	Refusal      string
	ToolCalls    []ToolCall
	FinishReason string
	Logprobs     bool
}

// ToolCall is a tool call that the model made. Arguments is the JSON text as sent.
type ToolCall struct {
	ID        string
	Name      string
	Kind      string
	Arguments string
	// ArgumentsNotText tells that the arguments were JSON itself where the format wants a string of it, or the reverse.
	ArgumentsNotText bool
}
