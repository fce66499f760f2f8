-- compatible_from: 1
-- What every detector run reads and leaves. A run is a time; to do one again changes nothing.

-- One row per call and measure: of means x is ln of the value, of rates 1 where the event happened. Latency, rates and money
-- are of the model that was asked for, so that an alias that moves is a change and no new series.
CREATE VIEW IF NOT EXISTS {{.DB}}.call_measures{{.OnCluster}} AS
WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND c.ttfc_us > 0 AS has_ttfc,
    has_ttfc AND out_tokens > 1 AND c.duration_us > c.ttfc_us AS has_tpot,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k',
        fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
    toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost,
    c.outcome NOT IN ('refused', 'client_abort') AS answered
SELECT c.ts AS ts, c.call_id AS call_id, c.user_id AS user_id, c.upstream AS upstream, c.app AS app,
    if(c.model_requested = '', c.model, c.model_requested) AS model,
    m.1 AS measure, m.2 AS metric, m.3 AS series_app, m.4 AS stratum, m.5 AS x
FROM {{.DB}}.calls AS c
ARRAY JOIN arrayConcat(
    if(has_ttfc, [('mean', 'time_to_first_chunk', '', input_size, log(greatest(c.ttfc_us, 1) / 1e6))], []),
    if(has_tpot, [('mean', 'time_per_output_token', '', '', log(greatest(c.duration_us - c.ttfc_us, 1) / greatest(out_tokens - 1, 1) / 1e6))], []),
    if(is_ok AND out_tokens > 0, [('mean', 'output_tokens', '', '', log(greatest(out_tokens, 1)))], []),
    if(is_ok AND ifNull(c.input_tokens, 0) > 0, [('mean', 'input_tokens', '', '', log(greatest(ifNull(c.input_tokens, 0), 1)))], []),
    if(is_ok AND cost > 0, [('mean', 'cost_per_call', '', '', log(if(cost > 0, cost, 1)))], []),
    -- errors of the server are one rate, those of the client one per class
    if(answered, [('rate', 'error_rate', '', '', toFloat64(c.outcome IN ('upstream_error', 'timeout', 'tap_error')))], []),
    if(answered, arrayMap(class -> ('rate', concat('error_rate.', class), '', '', toFloat64(c.outcome = 'client_error' AND c.error_type = class)),
        ['rate_limit', 'quota', 'auth', 'context_length', 'not_found', 'invalid_request']), []),
    if(is_ok, [('rate', 'unknown_usage', '', '', toFloat64(c.usage_source = 'none')),
        ('rate', 'unknown_price', '', '', toFloat64(c.cost_usd IS NULL)),
        ('rate', 'refusals', '', '', toFloat64(hasAny(c.finish_reasons, ['content_filter', 'refusal'])))], []),
    arrayFlatten(arrayMap(check -> [
        ('rate', toString(check), '', '', toFloat64(has(c.fidelity_failed, check))),
        ('rate', toString(check), toString(c.app), '', toFloat64(has(c.fidelity_failed, check)))], c.fidelity_applicable))
) AS m;

-- Ten minutes of one series, closed. Of means n counts weights and s sums ln x; of rates n counts trials and s events.
CREATE TABLE IF NOT EXISTS {{.Local "blocks_10m"}}{{.OnCluster}}
(
    t           DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    measure     Enum8('mean' = 0, 'rate' = 1),
    metric      LowCardinality(String),
    model       LowCardinality(String),
    upstream    LowCardinality(String),
    app         LowCardinality(String),
    stratum     LowCardinality(String),
    calls       UInt64  CODEC(T64, ZSTD(1)),
    n           Float64 CODEC(ZSTD(1)),
    s           Float64 CODEC(ZSTD(1)),
    computed_at DateTime('UTC') CODEC(Delta(4), ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree" "computed_at"}}
PARTITION BY toYYYYMM(t)
ORDER BY (measure, t, metric, model, upstream, app, stratum)
TTL t + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What a detector flagged in a run; an incident follows from several.
CREATE TABLE IF NOT EXISTS {{.Local "detections"}}{{.OnCluster}}
(
    run             DateTime('UTC'),
    detector        LowCardinality(String),
    kind            LowCardinality(String),
    severity        Enum8('info' = 0, 'ticket' = 1, 'page' = 2),
    key_kind        LowCardinality(String),
    key             String,
    metric          LowCardinality(String),
    -- the calls that it is about; empty is any
    model           LowCardinality(String),
    upstream        LowCardinality(String),
    app             LowCardinality(String),
    team            LowCardinality(String),
    user_id         String,
    conversation_id String,
    since           DateTime('UTC'),
    value_before    Nullable(Float64),
    value_after     Nullable(Float64),
    effect          Nullable(Float64),
    effect_low      Nullable(Float64),
    effect_high     Nullable(Float64),
    q_value         Nullable(Float64),
    z_score         Nullable(Float64),
    calls           UInt64,
    cost_usd        Nullable(Decimal(38, 9)),
    baseline_from   Nullable(DateTime('UTC')),
    baseline_to     Nullable(DateTime('UTC')),
    message         String
)
ENGINE = {{.Engine "ReplacingMergeTree"}}
PARTITION BY toYYYYMM(run)
ORDER BY (run, kind, key_kind, key, metric, detector)
TTL run + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- Who wants to hear nothing of a key until when; an empty kind or metric is any, * at the end of a key stands for the rest.
CREATE TABLE IF NOT EXISTS {{.Local "silences"}}{{.OnCluster}}
(
    kind       LowCardinality(String),
    key        String,
    metric     LowCardinality(String),
    until      DateTime('UTC'),
    author     String,
    comment    String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
ORDER BY (kind, key, metric);

-- Who has seen a finding.
CREATE TABLE IF NOT EXISTS {{.Local "acknowledgements"}}{{.OnCluster}}
(
    finding_id UUID,
    author     String,
    comment    String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
ORDER BY finding_id;

{{.Distributed "blocks_10m" "cityHash64(measure, t, metric, model, upstream, app, stratum)"}}

{{.Distributed "detections" "cityHash64(key)"}}

{{.Distributed "silences" "cityHash64(key)"}}

{{.Distributed "acknowledgements" "cityHash64(finding_id)"}}

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE VIEW IF NOT EXISTS {{.DB}}.findings_latest{{.OnCluster}} AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM {{.DB}}.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM {{.DB}}.findings FINAL) AS f
LEFT JOIN (SELECT * FROM {{.DB}}.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id;
