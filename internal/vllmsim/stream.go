package vllmsim

import (
	"encoding/json"
	"errors"
	"net/http"
)

// streamer writes one streamed answer.
type streamer struct {
	w    http.ResponseWriter
	ctl  *http.ResponseController
	job  *job
	sent int
}

// answerStream sends a role chunk per choice, a chunk per token, a usage chunk if asked for, and [DONE].
func (s *Server) answerStream(w http.ResponseWriter, r *http.Request, j *job, track *requestMetrics) error {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	out := &streamer{w: w, ctl: http.NewResponseController(w), job: j}
	err := s.generate(r.Context(), j, track, func(choice, token int) error {
		if choice == 0 && token == 0 {
			if err := out.roles(); err != nil {
				return err
			}
		}
		return out.token(choice, token)
	})
	switch {
	case errors.Is(err, errEngine):
		e := newError(http.StatusInternalServerError, "", engineErrorText)
		return errors.Join(err, out.event(e.body()), out.done())
	case err != nil:
		return err
	}
	if opts := j.req.StreamOptions; opts != nil && opts.IncludeUsage {
		if err := out.send(chunk{Choices: []chunkChoice{}, Usage: newUsage(j.prompt, out.sent)}); err != nil {
			return err
		}
	}
	return out.done()
}

func (o *streamer) roles() error {
	for i := range o.job.answers {
		empty := ""
		c := chunk{Choices: []chunkChoice{{Index: i, Delta: delta{Role: "assistant", Content: &empty}}}}
		if o.continuousUsage() {
			c.Usage = newUsage(o.job.prompt, 0)
		}
		if err := o.send(c); err != nil {
			return err
		}
	}
	return nil
}

func (o *streamer) token(choice, token int) error {
	a := o.job.answers[choice]
	c := chunkChoice{Index: choice, Delta: a.delta(token)}
	if token == len(a.pieces)-1 {
		c.FinishReason, c.StopReason = &a.finish, orNull(a.stopReason)
	}
	o.sent++
	out := chunk{Choices: []chunkChoice{c}}
	if o.continuousUsage() {
		out.Usage = newUsage(o.job.prompt, token+1)
	}
	return o.send(out)
}

// delta is what a token adds. The first token of a tool call carries its id and name.
func (a answer) delta(token int) delta {
	piece := a.pieces[token]
	if a.call == nil {
		return delta{Content: &piece}
	}
	d := toolCallDelta{Function: functionDelta{Arguments: &piece}}
	if token == 0 {
		d.ID, d.Type, d.Function.Name = a.call.ID, a.call.Type, a.call.Function.Name
	}
	return delta{ToolCalls: []toolCallDelta{d}}
}

func (o *streamer) continuousUsage() bool {
	opts := o.job.req.StreamOptions
	return opts != nil && opts.IncludeUsage && opts.ContinuousUsageStats
}

func (o *streamer) send(c chunk) error {
	c.ID, c.Object, c.Created, c.Model = o.job.id, "chat.completion.chunk", o.job.created, o.job.req.Model
	return o.event(c)
}

func (o *streamer) event(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return o.write(append(append([]byte("data: "), data...), "\n\n"...))
}

func (o *streamer) done() error { return o.write([]byte("data: [DONE]\n\n")) }

func (o *streamer) write(data []byte) error {
	if _, err := o.w.Write(data); err != nil {
		return err
	}
	return o.ctl.Flush()
}
