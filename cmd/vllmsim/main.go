// Command vllmsim serves a simulated vLLM for demonstrations, tests and benchmarks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/command"
	"github.com/llmtap/llmtap/internal/vllmsim"
)

func main() { command.Main("vllmsim", run) }

const intro = `vllmsim serves a simulated vLLM: GET /v1/models, POST /v1/chat/completions (plain and streamed), /health, /version
and /metrics. The same seed and the same request give the same answer.

  vllmsim -model gpt-4o-mini,Qwen/Qwen3-32B -token-rate 200
  curl 127.0.0.1:8000/v1/chat/completions -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}'

In a request, "max_tokens" with "ignore_eos": true fixes the answer's length; "tool_choice": "required" asks for a tool call.

`

func run(ctx context.Context, args []string, _, stderr io.Writer) error {
	cfg := vllmsim.NewConfig()
	flags := flag.NewFlagSet("vllmsim", flag.ContinueOnError)
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, intro)
		flags.PrintDefaults()
	}
	listen := flags.String("listen", "127.0.0.1:8000", "`address` to listen on; port 0 takes a free one")
	models := flags.String("model", strings.Join(cfg.Models, ","), "`names` of the models served, separated by commas")
	flags.IntVar(&cfg.ModelLenMax, "max-model-len", cfg.ModelLenMax, "context length, in `tokens`")
	flags.IntVar(&cfg.SequencesMax, "max-num-seqs", cfg.SequencesMax, "`requests` generated at once; more wait")
	flags.DurationVar(&cfg.TimeToFirstToken, "ttft", cfg.TimeToFirstToken, "time to first token")
	flags.Float64Var(&cfg.TokenRate, "token-rate", cfg.TokenRate, "`tokens` per second and sequence; 0 for no delay")
	flags.IntVar(&cfg.AnswerTokens, "answer-tokens", cfg.AnswerTokens, "mean length of an answer, in `tokens`")
	flags.Float64Var(&cfg.AnswerSpread, "answer-spread", cfg.AnswerSpread, "`sigma` of the lognormal length; 0 for a fixed length")
	flags.Float64Var(&cfg.ToolCallRate, "tool-call-rate", cfg.ToolCallRate, "`share` of answers that call an offered tool, 0 to 1")
	flags.Float64Var(&cfg.FailureRate, "failure-rate", cfg.FailureRate, "`share` of requests that fail in the engine, 0 to 1")
	flags.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "`number` that fixes what is answered and what fails")
	if err := command.Parse(flags, args, stderr, "see -help"); err != nil {
		return err
	}
	cfg.Models = strings.Split(*models, ",")
	handler, err := vllmsim.New(cfg)
	if err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "vllmsim %s listens on http://%s\n", vllmsim.Version, ln.Addr())
	return serve(ctx, ln, handler)
}

// serve answers until ctx ends. Calls in flight are cut then: a simulator has nothing to save.
func serve(ctx context.Context, ln net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
