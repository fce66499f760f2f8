-- compatible_from: 1
-- An incident names the calls that it is about, as its detection does; empty is any. A detector may name its example calls itself.
ALTER TABLE {{.Local "findings"}}{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS model LowCardinality(String),
    ADD COLUMN IF NOT EXISTS upstream LowCardinality(String),
    ADD COLUMN IF NOT EXISTS app LowCardinality(String),
    ADD COLUMN IF NOT EXISTS team LowCardinality(String),
    ADD COLUMN IF NOT EXISTS user_id String,
    ADD COLUMN IF NOT EXISTS conversation_id String;

ALTER TABLE {{.Local "detections"}}{{.OnCluster}} ADD COLUMN IF NOT EXISTS example_calls Array(UUID);

{{if .OnCluster}}ALTER TABLE {{.DB}}.findings{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS model LowCardinality(String),
    ADD COLUMN IF NOT EXISTS upstream LowCardinality(String),
    ADD COLUMN IF NOT EXISTS app LowCardinality(String),
    ADD COLUMN IF NOT EXISTS team LowCardinality(String),
    ADD COLUMN IF NOT EXISTS user_id String,
    ADD COLUMN IF NOT EXISTS conversation_id String;

ALTER TABLE {{.DB}}.detections{{.OnCluster}} ADD COLUMN IF NOT EXISTS example_calls Array(UUID);{{end}}

-- Of the latest run alone: how far the mean of each hour is above what was usual, by the hour's age.
CREATE TABLE IF NOT EXISTS {{.DB}}.residuals_1h{{.OnCluster}}
(
    run        DateTime('UTC'),
    metric     LowCardinality(String),
    model      LowCardinality(String),
    upstream   LowCardinality(String),
    age        Int32,
    -- the youngest hour that is not of an open incident
    frozen_age Int32,
    -- days that say what is usual
    days       UInt16,
    blocks     UInt16,
    calls      UInt64,
    -- weight and excess of the mean of ln x, and that mean
    w          Float64,
    e          Float64,
    plain      Float64
)
ENGINE = Memory;

-- An error of the client that has none of the known classes is a class too, and a call without an application counts once.
CREATE OR REPLACE VIEW {{.DB}}.call_measures{{.OnCluster}} AS
WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND c.ttfc_us > 0 AS has_ttfc,
    has_ttfc AND out_tokens > 1 AND c.duration_us > c.ttfc_us AS has_tpot,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k',
        fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
    toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost,
    c.outcome NOT IN ('refused', 'client_abort') AS answered,
    ['rate_limit', 'quota', 'auth', 'context_length', 'not_found', 'invalid_request', 'other'] AS classes,
    if(has(classes, c.error_type), c.error_type, 'other') AS class_of_error
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
    if(answered, arrayMap(class -> ('rate', concat('error_rate.', class), '', '', toFloat64(c.outcome = 'client_error' AND class_of_error = class)), classes), []),
    if(is_ok, [('rate', 'unknown_usage', '', '', toFloat64(c.usage_source = 'none')),
        ('rate', 'unknown_price', '', '', toFloat64(c.cost_usd IS NULL)),
        ('rate', 'refusals', '', '', toFloat64(hasAny(c.finish_reasons, ['content_filter', 'refusal'])))], []),
    arrayFlatten(arrayMap(check -> arrayMap(of -> ('rate', toString(check), of, '', toFloat64(has(c.fidelity_failed, check))),
        if(c.app = '', [''], ['', toString(c.app)])), c.fidelity_applicable))
) AS m;

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE OR REPLACE VIEW {{.DB}}.findings_latest{{.OnCluster}} AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM {{.DB}}.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM {{.DB}}.findings FINAL) AS f
LEFT JOIN (SELECT * FROM {{.DB}}.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id;
