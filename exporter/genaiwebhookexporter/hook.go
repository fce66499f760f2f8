package genaiwebhookexporter

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/llmtap/llmtap/internal/findings"
)

const (
	// answerMax is how many bytes of a refusal are told.
	answerMax = 512
	// secretMax is how many more are read, so that a secret is found that goes through the cut.
	secretMax = 4096
)

// hook posts findings.
type hook struct {
	config    *Config
	telemetry component.TelemetrySettings
	client    *http.Client
}

func (h *hook) start(ctx context.Context, host component.Host) (err error) {
	silent := h.telemetry
	silent.TracerProvider = noop.NewTracerProvider() // the client's spans have the address, with all that is secret in it
	if h.client, err = h.config.HTTP.ToClient(ctx, host.GetExtensions(), silent); err != nil {
		return err
	}
	// A redirect would be followed without the body, and with the headers, which may hold a secret.
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return nil
}

// push posts the findings among log records; other records are none of its business.
func (h *hook) push(ctx context.Context, logs plog.Logs) error {
	var told []finding
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				if strings.HasPrefix(record.EventName(), findings.Prefix) && h.config.posts(record.EventName()) {
					told = append(told, read(record))
				}
			}
		}
	}
	if len(told) == 0 {
		return nil
	}
	address, body := h.config.HTTP.Endpoint, any(map[string]any{"findings": told})
	if h.config.Format == FormatAlertmanager {
		address, body = strings.TrimSuffix(address, "/")+alertsPath, alerts(told, time.Now(), h.config.ResolveAfter)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	return h.post(ctx, address, text)
}

func (h *hook) post(ctx context.Context, address string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := h.client.Do(request)
	if err != nil {
		return withoutAddress(err, request.URL.Host)
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, answerMax+secretMax))
	if response.StatusCode < http.StatusMultipleChoices {
		return nil
	}
	told := withoutSecrets(response.Status+": "+string(bytes.TrimSpace(answer)), cmp.Or(response.Request, request))
	err = fmt.Errorf("the webhook answered %s", strings.ToValidUTF8(told[:min(len(told), answerMax)], ""))
	switch {
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusServiceUnavailable:
		if seconds, no := strconv.Atoi(response.Header.Get("Retry-After")); no == nil && seconds > 0 {
			return exporterhelper.NewThrottleRetry(err, time.Duration(seconds)*time.Second)
		}
		return err
	case response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusRequestTimeout:
		return err
	}
	return consumererror.NewPermanent(err)
}

// withoutAddress leaves of the address in an error the host: who has the rest of it can post to many webhooks.
func withoutAddress(err error, host string) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	return fmt.Errorf("post to the webhook at %s: %w", host, err)
}
