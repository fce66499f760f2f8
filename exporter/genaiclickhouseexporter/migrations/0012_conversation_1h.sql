-- compatible_from: 1
-- Conversations by the hour, for the question which cost most. Calls that were there before are brought in by llmtapctl repair.
CREATE TABLE IF NOT EXISTS {{.Local "conversation_1h"}}{{.OnCluster}}
(
    t               DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    conversation_id String CODEC(ZSTD(1)),
    user_id         String CODEC(ZSTD(1)),
    team            LowCardinality(String),
    app             LowCardinality(String),
    environment     LowCardinality(String),
    upstream        LowCardinality(String),
    model           LowCardinality(String),
    calls           SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    unpriced        SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    input_tokens    SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    output_tokens   SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    cost_usd        SimpleAggregateFunction(sum, Decimal(38, 9)) CODEC(ZSTD(1)),
    first_call      SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    last_call       SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{.Engine "AggregatingMergeTree"}}
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, user_id, conversation_id, team, app, environment, upstream)
{{.TTL "conversation_1h" "t"}}
SETTINGS ttl_only_drop_parts = 1, {{.Deduplication}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{.DB}}.conversation_1h_mv{{.OnCluster}} TO {{.Local "conversation_1h"}} AS
SELECT toStartOfHour(c.ts) AS t, c.conversation_id AS conversation_id, c.user_id AS user_id, c.team AS team, c.app AS app,
    c.environment AS environment, c.upstream AS upstream, c.model AS model,
    count() AS calls,
    countIf(c.cost_usd IS NULL) AS unpriced,
    sum(toUInt64(ifNull(c.input_tokens, 0))) AS input_tokens,
    sum(toUInt64(ifNull(c.output_tokens, 0))) AS output_tokens,
    sum(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost_usd,
    min(c.ts) AS first_call,
    max(c.ts) AS last_call
FROM {{.Local "calls"}} AS c
WHERE c.conversation_id != ''
GROUP BY t, conversation_id, user_id, team, app, environment, upstream, model;

{{.Distributed "conversation_1h" "rand()"}}
