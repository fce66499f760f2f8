// Command llmtapdemo sends sample calls of several users through a tap, so that there is something to see.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/llmtap/llmtap/internal/command"
)

func main() { command.Main("llmtapdemo", run) }

const intro = `llmtapdemo sends sample chat completions to a tap: several users, teams and models, plain and streamed, with a few tool
calls, errors and clients that hang up. The same seed sends the same calls.

  llmtapdemo -url http://127.0.0.1:4000/v1 -model gpt-4o,gpt-4o-mini -calls 60

`

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var cfg config
	flags := flag.NewFlagSet("llmtapdemo", flag.ContinueOnError)
	flags.Usage = func() {
		_, _ = io.WriteString(stderr, intro)
		flags.PrintDefaults()
	}
	flags.StringVar(&cfg.url, "url", "http://127.0.0.1:4000/v1", "base `address` of the OpenAI API to call")
	models := flags.String("model", "gpt-4o,gpt-4o-mini", "`names` of the models to ask, separated by commas")
	flags.IntVar(&cfg.calls, "calls", 60, "`number` of calls")
	flags.IntVar(&cfg.parallel, "parallel", 6, "`calls` in flight at once")
	flags.DurationVar(&cfg.timeMax, "time-max", time.Minute, "`time` after which no call is begun and those in flight are given up")
	flags.Uint64Var(&cfg.seed, "seed", 1, "`number` that fixes who asks what")
	if err := command.Parse(flags, args, stderr, "everything is given by name, like -calls 60"); err != nil {
		return err
	}
	cfg.url = strings.TrimRight(cfg.url, "/") // as OpenAI's SDKs do: not every server knows //chat/completions
	cfg.models = strings.Split(*models, ",")
	if err := cfg.validate(); err != nil {
		return err
	}
	start := time.Now()
	sum := send(ctx, cfg, plan(cfg))
	fmt.Fprintf(stdout, "%d calls in %.1f s: %d answered, %d refused or failed, %d hung up, %d not sent\n", sum.total(),
		time.Since(start).Seconds(), sum.answered, sum.failed, sum.hungUp, cfg.calls-sum.total())
	if sum.answered == 0 {
		return fmt.Errorf("no call was answered; the last error: %w", sum.lastErr)
	}
	return nil
}

type config struct {
	url      string
	models   []string
	calls    int
	parallel int
	timeMax  time.Duration
	seed     uint64
}

func (c config) validate() error {
	var errs []error
	if u, err := url.Parse(c.url); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		errs = append(errs, errors.New("url: is no base address, write it like http://127.0.0.1:4000/v1"))
	}
	if c.calls < 1 || c.calls > callsMax {
		errs = append(errs, fmt.Errorf("calls: %d, must be between 1 and %d", c.calls, callsMax))
	}
	if c.parallel < 1 || c.parallel > callsMax {
		errs = append(errs, fmt.Errorf("parallel: %d, must be between 1 and %d", c.parallel, callsMax))
	}
	if c.timeMax <= 0 {
		errs = append(errs, fmt.Errorf("time-max: %s, must be positive", c.timeMax))
	}
	for _, m := range c.models {
		if m == "" {
			errs = append(errs, errors.New("model: a name is empty"))
		}
	}
	return errors.Join(errs...)
}
