package llmtapreceiver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/fidelity"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/keysecret"
	"github.com/llmtap/llmtap/internal/tapsfirst"
	"github.com/llmtap/llmtap/proxy"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
)

// tapReceiver runs a proxy and a recorder.
type tapReceiver struct {
	cfg  *Config
	set  receiver.Settings
	next consumer.Traces

	telemetry *telemetry
	recorder  *recorder
	usage     *usageAsker
	proxy     *proxy.Proxy
	listener  *net.TCPListener
	exit      chan os.Signal // signals that end the process
	serving   sync.WaitGroup
}

// Start implements component.Component.
func (t *tapReceiver) Start(ctx context.Context, host component.Host) error {
	err := t.build(ctx, host)
	if err == nil {
		t.listener, err = t.listen(ctx)
	}
	if err != nil {
		return err
	}
	t.recorder.start(t.cfg.Workers)
	tapsfirst.Add(t.recorder)
	t.serving.Go(func() {
		if err := t.proxy.Serve(t.listener); err != nil {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	})
	t.set.Logger.Info("tap is listening", zap.Stringer("endpoint", t.listener.Addr()))
	if address, ok := t.listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() && len(t.cfg.AcceptedKeys) == 0 {
		t.set.Logger.Warn("tap is open to other machines: who reaches it can use the model servers; see accepted_keys and tls",
			zap.Stringer("endpoint", address))
	}
	t.warnOfVersionedURLs()
	return nil
}

// warnOfVersionedURLs warns of base addresses as clients have them: with those of both, /v1 would stand before a call's path twice.
func (t *tapReceiver) warnOfVersionedURLs() {
	for i := range t.cfg.Upstreams {
		if u := &t.cfg.Upstreams[i]; strings.HasSuffix(strings.TrimRight(u.URL, "/"), "/v1") {
			t.set.Logger.Warn("url ends with /v1: calls of clients whose base address does, too, go to /v1/v1; leave it out of one of the two",
				zap.String("upstream", u.Name))
		}
	}
}

// Shutdown implements component.Component: first no more calls, then all spans of those that were.
func (t *tapReceiver) Shutdown(ctx context.Context) error {
	var errs []error
	if t.listener != nil {
		t.park()
		defer parked.closeLater()
	}
	if t.proxy != nil {
		errs = append(errs, t.proxy.Shutdown(ctx))
		t.serving.Wait()
	}
	if t.recorder != nil {
		tapsfirst.Remove(t.recorder)
		errs = append(errs, t.recorder.stop(ctx))
	}
	if t.telemetry != nil {
		errs = append(errs, t.telemetry.stop())
	}
	return errors.Join(errs...)
}

func (t *tapReceiver) build(ctx context.Context, host component.Host) (err error) {
	if t.telemetry, err = newTelemetry(t.set.TelemetrySettings); err != nil {
		return err
	}
	if t.recorder, err = t.newRecorder(); err != nil {
		return err
	}
	cfg, err := t.cfg.proxyConfig(ctx, t.set.Logger)
	if err != nil {
		return err
	}
	t.usage = newUsageAsker(t.cfg, time.Now, func() { t.telemetry.usageKept.Add(keptTooLong, 1) })
	cfg.Hooks.Rewrite = t.usage.rewrite
	cfg.Unreachable = newUnreachable(t.set.Logger, time.Now).tell
	book, err := findLedger(host, t.cfg.Ledger)
	if err != nil {
		return err
	}
	if book != nil {
		book.Attach()
		cfg.Hooks.Admit = newAdmission(book, t.recorder.decoder).admit
		t.recorder.releaseTicket = book.Release
	}
	if t.proxy, err = proxy.New(cfg, t.recorder); err != nil {
		return err
	}
	return t.telemetry.observe(t.proxy.Stats, func() int { return len(t.recorder.queue) })
}

func (t *tapReceiver) newRecorder() (*recorder, error) {
	secret, err := keysecret.Get(t.cfg.KeyHashSecret, t.cfg.KeyHashSecretFile)
	if err != nil {
		return nil, err
	}
	transport := "http"
	if t.cfg.TLS.HasValue() {
		transport = "https"
	}
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: t.set.ID, Transport: transport, LongLivedCtx: true, ReceiverCreateSettings: t.set,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(tapsfirst.Handing(context.Background()))
	return &recorder{
		decoder: &decoder{
			paths:         newPaths(t.cfg.PathPrefixes),
			headers:       caller.NewHeaders(t.cfg.CallerHeaders),
			fields:        caller.NewFields(t.cfg.CallerBodyFields),
			keys:          genai.NewKeyHasher(secret),
			environment:   t.cfg.Environment,
			content:       t.cfg.CaptureContent,
			plainBytesMax: t.cfg.Limits.PlainBodyBytes,
			judge:         fidelity.NewJudge(),
			servers:       new(servers),
			redact:        newRedactor(t.cfg, func() { t.telemetry.decodeFailed(failedRedact) }),
			failed:        t.telemetry.decodeFailed,
		},
		batch: t.cfg.Batch, next: t.next, obs: obs, telemetry: t.telemetry, logger: t.set.Logger,
		resource:      genai.TapResource(t.set.Resource),
		releaseTicket: func(int64) {},
		queue:         make(chan *exchange.Exchange, t.cfg.QueueSize), ctx: ctx, cancel: cancel,
	}, nil
}

func (c *Config) proxyConfig(ctx context.Context, logger *zap.Logger) (out proxy.Config, err error) {
	known := newPaths(c.PathPrefixes)
	record := func(method, path string) bool { return known.isModelCall(method, path) || tellsServer(method, path) }
	out = proxy.Config{Record: record, Limits: c.Limits.Limits}
	if keys := newAccepted(c.AcceptedKeys); keys != nil {
		out.Allow = keys.allows
	}
	if c.TLS.HasValue() {
		if out.TLS, err = loadTLS(ctx, c.TLS.Get(), logger, "tls"); err != nil {
			return out, err
		}
	}
	for i, u := range c.Upstreams {
		base, err := url.Parse(u.URL)
		if err != nil {
			return out, fmt.Errorf("upstreams::%d::url: %w", i, err)
		}
		upstream := proxy.Upstream{Name: u.Name, URL: base, Prefix: u.Prefix}
		if base.Scheme == "https" {
			if upstream.TLS, err = loadTLS(ctx, u.TLS, logger, fmt.Sprintf("upstreams::%d::tls", i)); err != nil {
				return out, err
			}
		}
		out.Upstreams = append(out.Upstreams, upstream)
	}
	return out, nil
}
