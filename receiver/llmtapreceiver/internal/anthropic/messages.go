// Package anthropic decodes the Messages API, as Anthropic and the servers that imitate it speak it.
package anthropic

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// provider is the conventions' name for the format, whoever the server is.
const provider = genai.ProviderAnthropic

// DecodeMessages reads an exchange of /v1/messages, whose bodies must be free of content coding, into call. What cannot
// be read is left out of the call and told by the error.
func DecodeMessages(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationChat, provider
	return errors.Join(prompt.Read(x, fields, call, readMember), readMessage(x, call))
}

// DecodeCountTokens reads an exchange of /v1/messages/count_tokens.
func DecodeCountTokens(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationCountTokens, provider
	requestErr := prompt.Read(x, fields, call, readMember)
	var m message
	m.Whole(x, call, m.whole)
	return errors.Join(requestErr, m.Put(x, call))
}

// readMessage reads the answer. A stream of it ended when message_stop came, or a stop reason.
func readMessage(x *exchange.Exchange, call *genai.Call) error {
	var m message
	if m.Gather(x, call, m.event, m.whole); call.Stream {
		call.Detail.Done = m.Ended
		m.form.end(m.Failed)
		call.Detail.Flaws.Merge(m.form.flaws)
		call.Detail.Restarted = m.form.starts > 1
		m.Ended = m.Ended || m.Finished()
	}
	if m.thought {
		c := m.Choice(0)
		c.Hidden = c.Hidden || len(c.Reasoning) == 0 // the server left it out of the block
	}
	call.Detail.Flaws.AddIf(m.contradictsItself(), genai.FlawStopSequence)
	m.Usage, m.Cost = m.usage.known(m.Ended), m.usage.cost
	m.InputUncounted = m.usage.uncounted()
	return m.Put(x, call)
}

// contradictsItself tells that the reason why the message ended is not that of the stop sequence which it names, or the reverse.
func (m *message) contradictsItself() bool {
	if len(m.Choices) == 0 || m.Choices[0].Finish == "" || m.older {
		return false
	}
	return m.stopped != (m.Choices[0].Finish == "stop_sequence")
}

func readMember(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "model":
		p.Call.RequestModel = r.Name()
	case "messages":
		p.Messages(r)
	case "system":
		p.System(r)
	case "tools":
		p.Tools(r)
	case "tool_choice":
		readToolChoice(p, r)
	case "stream":
		p.Stream(r)
	case "context_management":
		d.ShorteningAsked = r.Kind() == jsonscan.Object
	case "mcp_servers":
		d.MoreTools = r.Kind() == jsonscan.Array
	case "stop_sequences":
		d.Stop = prompt.Texts(r, prompt.StopsMax)
	case "max_tokens":
		d.MaxTokens = answer.Count(r, d.MaxTokens)
	case "output_config":
		for key := range r.Object {
			switch string(key) {
			case "format":
				readFormat(p, r)
			case "effort":
				p.ReasoningLevel(r, "none")
			}
		}
	case "thinking":
		p.Thinking(r)
	case "output_format":
		readFormat(p, r)
	default:
		p.Sampling(key, r)
	}
}

// readToolChoice reads {"type":"auto"|"any"|"none"|"tool","name","disable_parallel_tool_use"}.
func readToolChoice(p *prompt.Prompt, r *jsonscan.Reader) {
	var name string
	choice := &p.Detail.ToolChoice
	for key := range r.Object {
		switch string(key) {
		case "type":
			choice.Mode = r.Name()
		case "name":
			name = r.Name()
		case "disable_parallel_tool_use":
			if off, ok := r.Bool(); ok {
				parallel := !off
				p.Detail.ParallelTools = &parallel
			}
		}
	}
	switch choice.Mode {
	case "any":
		choice.Mode = "required"
	case "tool":
		choice.Mode, choice.Names = "named", []string{name}
	}
}

func readFormat(p *prompt.Prompt, r *jsonscan.Reader) {
	for key := range r.Object {
		switch string(key) {
		case "type":
			p.Call.ResponseFormat = jsonscan.Word(r.Name())
		case "schema":
			p.Detail.ResponseSchema, p.Detail.SchemaStrict = r.Raw(), true
		}
	}
}
