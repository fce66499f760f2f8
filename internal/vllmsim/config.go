package vllmsim

import (
	"errors"
	"fmt"
	"time"
)

// Config says which server is simulated. NewConfig gives the defaults.
type Config struct {
	// Models are the names that /v1/models lists and that a request may ask for; the first answers a request that
	// names none.
	Models []string
	// ModelLenMax is the context length of every model, in tokens of prompt and answer together.
	ModelLenMax int
	// SequencesMax bounds the sequences that are generated at once; later requests wait, as in vLLM's scheduler.
	SequencesMax int
	// TimeToFirstToken passes between the start of a request's turn and its first token.
	TimeToFirstToken time.Duration
	// TokenRate is in tokens per second and sequence; 0 means without delay.
	TokenRate float64
	// AnswerTokens is the mean length of an answer that is not cut by its request.
	AnswerTokens int
	// AnswerSpread is the standard deviation of the logarithm of an answer's length (a lognormal distribution); 0 makes
	// all answers AnswerTokens long.
	AnswerSpread float64
	// ToolCallRate is the share of answers, 0 to 1, that call a tool where tools are offered and the choice is free. A
	// required or named choice always calls.
	ToolCallRate float64
	// FailureRate is the share of requests, 0 to 1, that fail inside the engine: plain ones with a 500, streams with an
	// error event in the middle of a 200.
	FailureRate float64
	// Seed decides, together with what is asked, what is answered; together with the request's number, whether it fails.
	Seed uint64
}

// NewConfig gives a small server with one model that answers at the pace of a mid-size model on one GPU.
func NewConfig() Config {
	return Config{
		Models:           []string{"Qwen/Qwen3-32B"},
		ModelLenMax:      32_768,
		SequencesMax:     256,
		TimeToFirstToken: 80 * time.Millisecond,
		TokenRate:        60,
		AnswerTokens:     120,
		AnswerSpread:     0.5,
		Seed:             1,
	}
}

// Validate reports every problem at once.
func (c Config) Validate() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(len(c.Models) == 0, "models: at least one name is needed")
	for _, m := range c.Models {
		wrong(m == "", "models: a name is empty")
	}
	wrong(c.ModelLenMax < 1, "max-model-len: %d, must be at least 1", c.ModelLenMax)
	wrong(c.SequencesMax < 1, "max-num-seqs: %d, must be at least 1", c.SequencesMax)
	wrong(c.TimeToFirstToken < 0, "ttft: %s, must not be negative", c.TimeToFirstToken)
	wrong(!(c.TokenRate >= 0), "token-rate: %g, must not be negative", c.TokenRate)
	wrong(c.AnswerTokens < 1, "answer-tokens: %d, must be at least 1", c.AnswerTokens)
	wrong(!(c.AnswerSpread >= 0 && c.AnswerSpread <= 3), "answer-spread: %g, must be between 0 and 3", c.AnswerSpread)
	wrong(!(c.ToolCallRate >= 0 && c.ToolCallRate <= 1), "tool-call-rate: %g, must be between 0 and 1", c.ToolCallRate)
	wrong(!(c.FailureRate >= 0 && c.FailureRate <= 1), "failure-rate: %g, must be between 0 and 1", c.FailureRate)
	return errors.Join(errs...)
}
