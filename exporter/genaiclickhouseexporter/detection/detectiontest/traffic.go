package detectiontest

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"text/template"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

//go:embed traffic.sql
var trafficSQL string

var trafficTemplate = template.Must(template.New("traffic").Parse(trafficSQL))

// Model is one model's traffic and the change in it. The zero change is none.
type Model struct {
	Name string
	// PerBlock is the most calls in ten minutes.
	PerBlock int
	// Since and Until bound the change; Latency is its factor, Errors and ToolFailures the rates meanwhile, Answering the
	// model that then answers.
	Since, Until         time.Time
	Latency              float64
	Errors, ToolFailures float64
	Answering            string
}

// Steady is a model in which nothing changes.
func Steady(name string, perBlock int) Model {
	return Model{Name: name, PerBlock: perBlock, Latency: 1, Errors: 0.008, ToolFailures: 0.02, Answering: name}
}

// From gives the model with a change that lasts from then on.
func (m Model) From(since time.Time, change func(*Model)) Model {
	m.Since, m.Until = since, since.AddDate(1, 0, 0)
	change(&m)
	return m
}

// Fill inserts the traffic of the models for that many days.
func Fill(ctx context.Context, conn driver.Conn, database string, seed int, start time.Time, days int, models ...Model) error {
	for day := range days {
		for _, m := range models {
			var query bytes.Buffer
			err := trafficTemplate.Execute(&query, map[string]any{
				"DB": database, "Seed": seed, "Model": m.Name, "Answering": m.Answering, "From": start.AddDate(0, 0, day).Unix(),
				"PerBlock": m.PerBlock, "Offset": day * m.PerBlock * 144, "ChangeAt": unix(m.Since), "ChangeEnd": unix(m.Until),
				"Latency": m.Latency, "Errors": m.Errors, "ToolFailures": m.ToolFailures,
			})
			if err != nil {
				return err
			}
			if err := conn.Exec(ctx, query.String()); err != nil {
				return fmt.Errorf("traffic of %s on day %d: %w", m.Name, day, err)
			}
		}
	}
	return nil
}

// unix is 0 for the zero time.
func unix(t time.Time) int64 { return max(t.Unix(), 0) }

// Spend adds calls of a user: n in the hour from a time on, each of that many dollars.
func Spend(ctx context.Context, conn driver.Conn, database, user string, from time.Time, n int, usd float64) error {
	return conn.Exec(ctx, fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, trace_id, span_id, user_id, operation, model_requested, model, upstream, outcome, usage_source, cost_usd, prompt_hash)
		SELECT toDateTime(%d, 'UTC') + toIntervalSecond(number * 3600 / %d), reinterpretAsUUID(sipHash128('%s', %d, number)), '', '', '%[4]s', 'chat', 'batch', 'batch', 'vllm', 'ok', 'reported',
		toDecimal64(%[6]g, 9), cityHash64(number) FROM numbers(%[3]d)`, database, from.Unix(), n, user, from.Unix(), usd))
}

// Loop adds a conversation that makes the same tool call n times, one each 5 s.
func Loop(ctx context.Context, conn driver.Conn, database, conversation string, from time.Time, n int) error {
	return conn.Exec(ctx, fmt.Sprintf(`INSERT INTO %s.calls (ts, call_id, trace_id, span_id, conversation_id, user_id, operation, model_requested, model, upstream, outcome, usage_source, tool_calls, toolcall_hash, prompt_hash, turn)
		SELECT toDateTime(%d, 'UTC') + toIntervalSecond(number * 5), reinterpretAsUUID(sipHash128('%s', number)), '', '', '%[3]s', 'looper', 'chat', 'batch', 'batch', 'vllm', 'ok', 'reported', 1, 42, cityHash64(number), number * 2 + 2
		FROM numbers(%[4]d)`, database, from.Unix(), conversation, n))
}
