package vllmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	requestBytesMax = 32 << 20
	choicesMax      = 128
	stopsMax        = 16
)

// chatRequest is the part of vLLM's ChatCompletionRequest that changes what is answered.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []message       `json:"messages"`
	Stream              bool            `json:"stream"`
	StreamOptions       *streamOptions  `json:"stream_options"`
	MaxTokens           *int            `json:"max_tokens"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	MinTokens           int             `json:"min_tokens"`
	IgnoreEOS           bool            `json:"ignore_eos"`
	N                   *int            `json:"n"`
	Stop                stopStrings     `json:"stop"`
	Seed                *int64          `json:"seed"`
	Tools               []tool          `json:"tools"`
	ToolChoice          json.RawMessage `json:"tool_choice"`
}

type streamOptions struct {
	IncludeUsage         bool `json:"include_usage"`
	ContinuousUsageStats bool `json:"continuous_usage_stats"`
}

type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name       string          `json:"name"`
	Parameters json.RawMessage `json:"parameters"`
}

// stopStrings is one string or a list of them.
type stopStrings []string

// UnmarshalJSON takes both forms.
func (s *stopStrings) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil && string(data) != "null" {
		*s = stopStrings{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// readRequest reads and judges a request as vLLM does.
func (s *Server) readRequest(w http.ResponseWriter, r *http.Request) (*chatRequest, *apiError) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, requestBytesMax))
	if err != nil {
		return nil, newError(http.StatusRequestEntityTooLarge, "", "The request body could not be read: "+err.Error())
	}
	var req chatRequest
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, newError(http.StatusBadRequest, "", "The request body is not valid: "+err.Error())
	}
	if req.Model == "" {
		req.Model = s.cfg.Models[0]
	}
	return &req, s.judge(&req)
}

func (s *Server) judge(req *chatRequest) *apiError {
	limit, limited := req.answerLimit()
	switch {
	case !slices.Contains(s.cfg.Models, req.Model):
		return newError(http.StatusNotFound, "model", fmt.Sprintf("The model `%s` does not exist.", req.Model))
	case len(req.Messages) == 0:
		return newError(http.StatusBadRequest, "messages", "messages must not be empty")
	case req.choices() < 1:
		return newError(http.StatusBadRequest, "n", fmt.Sprintf("n must be at least 1, got %d.", req.choices()))
	case req.choices() > choicesMax:
		return newError(http.StatusBadRequest, "n", fmt.Sprintf("n must be at most %d, got %d.", choicesMax, req.choices()))
	case len(req.Stop) > stopsMax:
		return newError(http.StatusBadRequest, "stop", fmt.Sprintf("at most %d stop strings are allowed", stopsMax))
	case limited && limit < 1:
		return newError(http.StatusBadRequest, "max_tokens", fmt.Sprintf("max_tokens must be at least 1, got %d.", limit))
	case req.StreamOptions != nil && !req.Stream:
		return newError(http.StatusBadRequest, "stream_options", "Stream options can only be defined when `stream=True`.")
	}
	if prompt := req.promptTokens(); prompt+max(limit, 1) > s.cfg.ModelLenMax {
		return newError(http.StatusBadRequest, "input_tokens", fmt.Sprintf(
			"This model's maximum context length is %d tokens. However, you requested %d output tokens and your prompt "+
				"contains at least %d input tokens, for a total of at least %d tokens. Please reduce the length of the input "+
				"prompt or the number of requested output tokens. (parameter=input_tokens, value=%d)",
			s.cfg.ModelLenMax, limit, prompt, prompt+max(limit, 1), prompt))
	}
	return nil
}

func (r *chatRequest) choices() int {
	if r.N == nil {
		return 1
	}
	return *r.N
}

// asked is the request without what decides only the form of its answer, so that a stream says what the plain answer says.
func (r *chatRequest) asked() []byte {
	what := *r
	what.Stream, what.StreamOptions = false, nil
	data, err := json.Marshal(what)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return data
}

// answerLimit is what the request allows for one choice; max_completion_tokens wins.
func (r *chatRequest) answerLimit() (tokens int, limited bool) {
	switch {
	case r.MaxCompletionTokens != nil:
		return *r.MaxCompletionTokens, true
	case r.MaxTokens != nil:
		return *r.MaxTokens, true
	}
	return 0, false
}

// Tokens that a chat template adds to each message and to the whole prompt.
const (
	tokensPerMessage = 4
	tokensPerPrompt  = 3
)

// promptTokens counts a token for every four bytes begun: the simulator has no tokenizer, and the rule makes the count
// of any request easy to foretell.
func (r *chatRequest) promptTokens() int {
	n := tokensPerPrompt
	for _, m := range r.Messages {
		n += tokensPerMessage + byteTokens(len(m.text()))
	}
	for _, t := range r.Tools {
		n += byteTokens(len(t.Function.Name) + len(t.Function.Parameters))
	}
	return n
}

func byteTokens(n int) int { return (n + 3) / 4 }

// text is the content of a message: a string, or the text parts of a list.
func (m message) text() string {
	var s string
	if json.Unmarshal(m.Content, &s) == nil {
		return s
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(m.Content, &parts) != nil {
		return ""
	}
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(p.Text)
	}
	return text.String()
}

// chosenTool gives the tool that the answer has to call, if any. A free choice is left to the dice.
func (r *chatRequest) chosenTool(free bool) (t tool, named, found bool) {
	if len(r.Tools) == 0 {
		return tool{}, false, false
	}
	var byName struct {
		Function function `json:"function"`
	}
	if json.Unmarshal(r.ToolChoice, &byName) == nil && byName.Function.Name != "" {
		i := slices.IndexFunc(r.Tools, func(t tool) bool { return t.Function.Name == byName.Function.Name })
		if i < 0 {
			return tool{}, true, false
		}
		return r.Tools[i], true, true
	}
	var mode string
	_ = json.Unmarshal(r.ToolChoice, &mode)
	return r.Tools[0], false, mode == "required" || mode != "none" && free
}
