// Package vllmsim is a simulated vLLM: an OpenAI-compatible model server with vLLM's bodies, errors and metrics, and with
// latency, length and failures as configured. What it answers follows from its seed and the request alone.
//
// Written from vLLM's protocol of version 0.11; it has no tokenizer, and every word that it answers is one token.
package vllmsim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Version is what /version tells.
const Version = "0.11.0"

// Server is a handler for a simulated vLLM.
type Server struct {
	cfg     Config
	mux     *http.ServeMux
	metrics *metrics
	// slots hold one element for each request that is being generated.
	slots   chan struct{}
	started time.Time
	// requests numbers the chat requests, from 1.
	requests atomic.Uint64
}

// New makes a Server. It reports every problem of the configuration at once.
func New(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:     cfg,
		mux:     http.NewServeMux(),
		metrics: newMetrics(cfg.Models),
		slots:   make(chan struct{}, cfg.SequencesMax),
		started: time.Now(),
	}
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s.mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"version": Version})
	})
	s.mux.HandleFunc("GET /v1/models", s.listModels)
	s.mux.HandleFunc("POST /v1/chat/completions", s.chat)
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusNotFound, map[string]string{"detail": "Not Found"})
	})
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "uvicorn")
	s.mux.ServeHTTP(w, r)
}

func (s *Server) listModels(w http.ResponseWriter, _ *http.Request) {
	list := modelList{Object: "list"}
	for _, name := range s.cfg.Models {
		list.Data = append(list.Data, modelCard{
			ID: name, Object: "model", Created: s.started.Unix(), OwnedBy: "vllm", Root: name,
			MaxModelLen: s.cfg.ModelLenMax, Permission: []string{},
		})
	}
	writeJSON(w, http.StatusOK, list)
}

// job is a request with its planned answers.
type job struct {
	id      string
	created int64
	req     *chatRequest
	prompt  int
	answers []answer
	// failAt is the pass of the engine that fails; negative for a request that succeeds.
	failAt int
}

// errEngine is a failure of the simulated engine; engineErrorText is what vLLM tells of it.
var errEngine = errors.New("the engine failed")

const engineErrorText = "EngineCore encountered an issue. See stack trace (above) for the root cause."

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	req, apiErr := s.readRequest(w, r)
	if apiErr != nil {
		writeJSON(w, apiErr.Code, apiErr.body())
		return
	}
	j := s.newJob(req)
	track := s.metrics.request(req.Model)
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-r.Context().Done():
		track.end(reasonAbort, false)
		return
	}
	track.scheduled(j.prompt)
	answer := s.answerPlain
	if req.Stream {
		answer = s.answerStream
	}
	switch err := answer(w, r, j, track); {
	case err == nil:
		track.end(j.answers[0].finish, true)
	case errors.Is(err, errEngine):
		track.end(reasonError, true)
	default:
		track.end(reasonAbort, true)
	}
}

func (s *Server) newJob(req *chatRequest) *job {
	number := s.requests.Add(1)
	chance := dice(s.cfg.Seed, nil, int(number))
	j := &job{
		id:      fmt.Sprintf("chatcmpl-%016x%016x", chance.Uint64(), chance.Uint64()),
		created: time.Now().Unix(),
		req:     req,
		prompt:  req.promptTokens(),
		failAt:  -1,
	}
	asked := req.asked()
	for i := range req.choices() {
		j.answers = append(j.answers, s.plan(req, dice(s.cfg.Seed, asked, i)))
	}
	if chance.Float64() < s.cfg.FailureRate {
		j.failAt = len(j.answers[0].pieces) / 2
	}
	return j
}

// generate gives out the tokens of all choices, one of each choice per pass, at the configured pace. It ends at once when
// ctx does: a server that keeps generating for a client that left burns its GPU.
func (s *Server) generate(ctx context.Context, j *job, track *requestMetrics, emit func(choice, token int) error) error {
	var interval time.Duration
	if s.cfg.TokenRate > 0 {
		interval = time.Duration(float64(time.Second) / s.cfg.TokenRate)
	}
	passes := 0
	for _, a := range j.answers {
		passes = max(passes, len(a.pieces))
	}
	due := time.Now().Add(s.cfg.TimeToFirstToken)
	for pass := range passes {
		if err := waitUntil(ctx, due); err != nil {
			return err
		}
		if pass == j.failAt {
			return errEngine
		}
		tokens := 0
		for i, a := range j.answers {
			if pass >= len(a.pieces) {
				continue
			}
			tokens++
			if err := emit(i, pass); err != nil {
				return err
			}
		}
		track.step(tokens)
		due = due.Add(interval)
	}
	return nil
}

func waitUntil(ctx context.Context, due time.Time) error {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) answerPlain(w http.ResponseWriter, r *http.Request, j *job, track *requestMetrics) error {
	err := s.generate(r.Context(), j, track, func(int, int) error { return nil })
	if err != nil {
		if errors.Is(err, errEngine) {
			e := newError(http.StatusInternalServerError, "", engineErrorText)
			writeJSON(w, e.Code, e.body())
		}
		return err
	}
	out := completion{ID: j.id, Object: "chat.completion", Created: j.created, Model: j.req.Model}
	answered := 0
	for i, a := range j.answers {
		answered += len(a.pieces)
		c := choice{Index: i, FinishReason: a.finish, StopReason: orNull(a.stopReason), Message: choiceMessage{Role: "assistant"}}
		text := a.text()
		if a.call == nil {
			c.Message.Content = &text
		} else {
			call := *a.call
			call.Function.Arguments = text
			c.Message.ToolCalls = []toolCall{call}
		}
		out.Choices = append(out.Choices, c)
	}
	out.Usage = *newUsage(j.prompt, answered)
	writeJSON(w, http.StatusOK, out)
	return nil
}
