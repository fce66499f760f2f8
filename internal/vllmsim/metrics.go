package vllmsim

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of vLLM that dashboards and schedulers read, with its names, labels and buckets.
type metrics struct {
	registry    *prometheus.Registry
	running     *prometheus.GaugeVec
	waiting     *prometheus.GaugeVec
	prompt      *prometheus.CounterVec
	generated   *prometheus.CounterVec
	finished    *prometheus.CounterVec
	firstToken  *prometheus.HistogramVec
	interToken  *prometheus.HistogramVec
	requestTime *prometheus.HistogramVec
}

var (
	firstTokenBuckets = []float64{
		0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
	}
	interTokenBuckets = []float64{
		0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
	}
	requestBuckets = []float64{
		0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
	}
)

// The reasons of vllm:request_success_total. A request whose client left ends as aborted there too.
const (
	reasonAbort = "abort"
	reasonError = "error"
)

func newMetrics(models []string) *metrics {
	labels := []string{"model_name", "engine"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append(labels[:2:2], more...))
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		running:     gauge("vllm:num_requests_running", "Number of requests in model execution batches."),
		waiting:     gauge("vllm:num_requests_waiting", "Number of requests waiting to be processed."),
		prompt:      counter("vllm:prompt_tokens_total", "Number of prefill tokens processed."),
		generated:   counter("vllm:generation_tokens_total", "Number of generation tokens processed."),
		finished:    counter("vllm:request_success_total", "Count of processed requests by how they ended.", "finished_reason"),
		firstToken:  histogram("vllm:time_to_first_token_seconds", "Time to first token in seconds.", firstTokenBuckets),
		interToken:  histogram("vllm:inter_token_latency_seconds", "Time between two tokens in seconds.", interTokenBuckets),
		requestTime: histogram("vllm:e2e_request_latency_seconds", "Request latency in seconds.", requestBuckets),
	}
	m.registry.MustRegister(m.running, m.waiting, m.prompt, m.generated, m.finished, m.firstToken, m.interToken, m.requestTime)
	for _, model := range models { // so that all series exist before the first request
		for _, g := range []*prometheus.GaugeVec{m.running, m.waiting} {
			g.WithLabelValues(model, engine).Set(0)
		}
		for _, c := range []*prometheus.CounterVec{m.prompt, m.generated} {
			c.WithLabelValues(model, engine).Add(0)
		}
		for _, reason := range []string{"stop", "length", reasonAbort, reasonError} {
			m.finished.WithLabelValues(model, engine, reason).Add(0)
		}
	}
	return m
}

// engine is the index of the only engine.
const engine = "0"

// requestMetrics follow one request.
type requestMetrics struct {
	*metrics
	model string
	start time.Time
	last  time.Time
}

func (m *metrics) request(model string) *requestMetrics {
	m.waiting.WithLabelValues(model, engine).Inc()
	return &requestMetrics{metrics: m, model: model, start: time.Now()}
}

func (r *requestMetrics) scheduled(promptTokens int) {
	r.waiting.WithLabelValues(r.model, engine).Dec()
	r.running.WithLabelValues(r.model, engine).Inc()
	r.prompt.WithLabelValues(r.model, engine).Add(float64(promptTokens))
}

// step counts the tokens that one pass of the engine made, one for each choice that is still running.
func (r *requestMetrics) step(tokens int) {
	now := time.Now()
	if r.last.IsZero() {
		r.firstToken.WithLabelValues(r.model, engine).Observe(now.Sub(r.start).Seconds())
	} else {
		r.interToken.WithLabelValues(r.model, engine).Observe(now.Sub(r.last).Seconds())
	}
	r.last = now
	r.generated.WithLabelValues(r.model, engine).Add(float64(tokens))
}

func (r *requestMetrics) end(reason string, wasScheduled bool) {
	if strings.HasPrefix(reason, "tool") {
		reason = "stop" // the engine knows no tools
	}
	if wasScheduled {
		r.running.WithLabelValues(r.model, engine).Dec()
	} else {
		r.waiting.WithLabelValues(r.model, engine).Dec()
	}
	r.finished.WithLabelValues(r.model, engine, reason).Inc()
	r.requestTime.WithLabelValues(r.model, engine).Observe(time.Since(r.start).Seconds())
}
