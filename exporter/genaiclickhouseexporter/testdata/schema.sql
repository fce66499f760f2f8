CREATE TABLE llmtap.acknowledgements
(
    `finding_id` UUID,
    `author` String,
    `comment` String,
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY finding_id
SETTINGS index_granularity = 8192;

CREATE TABLE llmtap.blocks_10m
(
    `t` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `measure` Enum8('mean' = 0, 'rate' = 1),
    `metric` LowCardinality(String),
    `model` LowCardinality(String),
    `upstream` LowCardinality(String),
    `app` LowCardinality(String),
    `stratum` LowCardinality(String),
    `calls` UInt64 CODEC(T64, ZSTD(1)),
    `n` Float64 CODEC(ZSTD(1)),
    `s` Float64 CODEC(ZSTD(1)),
    `computed_at` DateTime('UTC') CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(t)
ORDER BY (measure, t, metric, model, upstream, app, stratum)
TTL t + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE llmtap.budgets
(
    `scope` Enum8('user' = 0, 'team' = 1, 'app' = 2),
    `key` String,
    `period` Enum8('hour' = 0, 'day' = 1, 'week' = 2, 'month' = 3),
    `limit_usd` Decimal(18, 9),
    `enforced` Bool,
    `valid_from` DateTime('UTC'),
    `valid_to` Nullable(DateTime('UTC')),
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (scope, key, period, valid_from)
SETTINGS index_granularity = 8192;

CREATE VIEW llmtap.call_measures
(
    `ts` DateTime64(6, 'UTC'),
    `call_id` UUID,
    `user_id` String,
    `upstream` LowCardinality(String),
    `app` LowCardinality(String),
    `model` String,
    `measure` String,
    `metric` String,
    `series_app` String,
    `stratum` String,
    `x` Float64
)
AS WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND (c.ttfc_us > 0) AS has_ttfc,
    has_ttfc AND (out_tokens > 1) AND (c.duration_us > c.ttfc_us) AS has_tpot,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k', fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
    toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost,
    c.outcome NOT IN ('refused', 'client_abort') AS answered,
    ['rate_limit', 'quota', 'auth', 'context_length', 'not_found', 'invalid_request', 'other'] AS classes,
    if(has(classes, c.error_type), c.error_type, 'other') AS class_of_error
SELECT
    c.ts AS ts,
    c.call_id AS call_id,
    c.user_id AS user_id,
    c.upstream AS upstream,
    c.app AS app,
    if(c.model_requested = '', c.model, c.model_requested) AS model,
    m.1 AS measure,
    m.2 AS metric,
    m.3 AS series_app,
    m.4 AS stratum,
    m.5 AS x
FROM llmtap.calls AS c
ARRAY JOIN arrayConcat(if(has_ttfc, [('mean', 'time_to_first_chunk', '', input_size, log(greatest(c.ttfc_us, 1) / 1000000.))], []), if(has_tpot, [('mean', 'time_per_output_token', '', '', log((greatest(c.duration_us - c.ttfc_us, 1) / greatest(out_tokens - 1, 1)) / 1000000.))], []), if(is_ok AND (out_tokens > 0), [('mean', 'output_tokens', '', '', log(greatest(out_tokens, 1)))], []), if(is_ok AND (ifNull(c.input_tokens, 0) > 0), [('mean', 'input_tokens', '', '', log(greatest(ifNull(c.input_tokens, 0), 1)))], []), if(is_ok AND (cost > 0), [('mean', 'cost_per_call', '', '', log(if(cost > 0, cost, 1)))], []), if(answered, [('rate', 'error_rate', '', '', toFloat64((c.outcome IN ('upstream_error', 'timeout', 'tap_error'))))], []), if(answered, arrayMap(class -> ('rate', concat('error_rate.', class), '', '', toFloat64((c.outcome = 'client_error') AND (class_of_error = class))), classes), []), if(is_ok AND (c.operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens')), [('rate', 'unknown_usage', '', '', toFloat64(c.usage_source = 'none'))], []), if(is_ok, [('rate', 'unknown_price', '', '', toFloat64(c.cost_usd IS NULL)), ('rate', 'refusals', '', '', toFloat64(hasAny(c.finish_reasons, ['content_filter', 'refusal'])))], []), arrayFlatten(arrayMap(check -> arrayMap(of -> ('rate', toString(check), of, '', toFloat64(has(c.fidelity_failed, check))), if(c.app = '', [''], ['', toString(c.app)])), c.fidelity_applicable))) AS m;

CREATE TABLE llmtap.calls
(
    `ts` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `inserted_at` DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    `call_id` UUID,
    `batch_id` UInt64 CODEC(T64, ZSTD(1)),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `parent_span_id` String CODEC(ZSTD(1)),
    `conversation_id` String CODEC(ZSTD(1)),
    `conversation_derived` Bool,
    `conversation_turn` UInt16 CODEC(T64, ZSTD(1)),
    `history_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `user_id` String CODEC(ZSTD(1)),
    `team` LowCardinality(String) CODEC(ZSTD(1)),
    `app` LowCardinality(String) CODEC(ZSTD(1)),
    `environment` LowCardinality(String) CODEC(ZSTD(1)),
    `key_hash` String CODEC(ZSTD(1)),
    `labels` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `operation` LowCardinality(String),
    `provider` LowCardinality(String),
    `api_type` LowCardinality(String),
    `upstream` LowCardinality(String),
    `server_address` LowCardinality(String),
    `server_port` UInt16 CODEC(T64, ZSTD(1)),
    `server_version` LowCardinality(String),
    `model_requested` LowCardinality(String),
    `model` LowCardinality(String),
    `stream` Bool,
    `http_status` UInt16 CODEC(T64, ZSTD(1)),
    `outcome` Enum8('ok' = 0, 'client_error' = 1, 'upstream_error' = 2, 'timeout' = 3, 'client_abort' = 4, 'refused' = 5, 'tap_error' = 6),
    `error_type` LowCardinality(String),
    `finish_reasons` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `duration_us` UInt64 CODEC(T64, ZSTD(1)),
    `ttfc_us` UInt64 CODEC(T64, ZSTD(1)),
    `max_gap_us` UInt64 CODEC(T64, ZSTD(1)),
    `tap_overhead_us` UInt64 CODEC(T64, ZSTD(1)),
    `chunks` UInt32 CODEC(T64, ZSTD(1)),
    `input_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `output_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_read_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_write_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `reasoning_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `audio_input_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `audio_output_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `image_input_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `image_output_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `cache_write_1h_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `audio_cache_read_tokens` Nullable(UInt32) CODEC(T64, ZSTD(1)),
    `audio_input_us` UInt64 CODEC(T64, ZSTD(1)),
    `usage_source` Enum8('none' = 0, 'reported' = 1, 'injected' = 2, 'estimated' = 3),
    `cost_usd` Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    `cost_source` LowCardinality(String),
    `price_version` LowCardinality(String),
    `tools_offered` UInt16 CODEC(T64, ZSTD(1)),
    `tool_calls` UInt16 CODEC(T64, ZSTD(1)),
    `tool_names` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `input_images` UInt16 CODEC(T64, ZSTD(1)),
    `input_audios` UInt16 CODEC(T64, ZSTD(1)),
    `input_files` UInt16 CODEC(T64, ZSTD(1)),
    `response_format` LowCardinality(String),
    `previous_response_id` String CODEC(ZSTD(1)),
    `response_id` String CODEC(ZSTD(1)),
    `system_fingerprint` LowCardinality(String),
    `service_tier` LowCardinality(String),
    `fidelity_applicable` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `fidelity_failed` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `fidelity_suspected` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `fidelity_undecidable` Array(LowCardinality(String)) CODEC(ZSTD(1)),
    `prompt_hash` UInt64 CODEC(ZSTD(1)),
    `prompt_version` UInt64 CODEC(ZSTD(1)),
    `toolcall_hash` UInt64 CODEC(ZSTD(1)),
    `turn` UInt16 CODEC(T64, ZSTD(1)),
    `retry` UInt16 CODEC(T64, ZSTD(1)),
    `request_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `response_bytes` UInt64 CODEC(T64, ZSTD(1)),
    `request_truncated` Bool,
    `response_truncated` Bool,
    INDEX ix_call call_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_conv conversation_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_user user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_cost cost_usd TYPE minmax GRANULARITY 1,
    INDEX ix_dur duration_us TYPE minmax GRANULARITY 1,
    PROJECTION by_model
    (
        SELECT
            toStartOfHour(ts),
            provider,
            upstream,
            model,
            app,
            environment,
            outcome,
            stream,
            count(),
            countIf(cost_usd IS NULL),
            countIf(usage_source = 'none'),
            countIf(max_gap_us > 2000000),
            sum(cost_usd),
            sum(input_tokens),
            sum(output_tokens),
            sum(cache_read_tokens),
            sum(reasoning_tokens),
            sum(duration_us),
            quantilesDD(0.01, 0.5, 0.95, 0.99)(duration_us),
            quantilesDDIf(0.01, 0.5, 0.95, 0.99)(ttfc_us, ttfc_us > 0)
        GROUP BY
            toStartOfHour(ts),
            provider,
            upstream,
            model,
            app,
            environment,
            outcome,
            stream
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (toStartOfHour(ts), model, user_id)
ORDER BY (toStartOfHour(ts), model, user_id, ts)
TTL toDateTime(ts) + toIntervalDay(400)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192, lightweight_mutation_projection_mode = 'rebuild';

CREATE TABLE llmtap.content
(
    `ts` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `call_id` UUID,
    `conversation_id` String CODEC(ZSTD(1)),
    `user_id` String CODEC(ZSTD(1)),
    `request` String CODEC(ZSTD(3)),
    `response` String CODEC(ZSTD(3)),
    `evidence` Array(String) CODEC(ZSTD(3)),
    `truncated` Bool,
    INDEX ix_call call_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(ts)
ORDER BY (conversation_id, ts)
TTL toDateTime(ts) + toIntervalDay(14)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 256, index_granularity_bytes = '64Mi', max_compress_block_size = 4194304, non_replicated_deduplication_window = 10000;

CREATE TABLE llmtap.conversation_1h
(
    `t` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `conversation_id` String CODEC(ZSTD(1)),
    `user_id` String CODEC(ZSTD(1)),
    `team` LowCardinality(String),
    `app` LowCardinality(String),
    `environment` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `calls` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `unpriced` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `input_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `output_tokens` SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    `cost_usd` SimpleAggregateFunction(sum, Decimal(38, 9)) CODEC(ZSTD(1)),
    `first_call` SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1)),
    `last_call` SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta(8), ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, user_id, conversation_id, team, app, environment, upstream)
TTL t + toIntervalDay(400)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW llmtap.conversation_1h_mv TO llmtap.conversation_1h
(
    `t` DateTime('UTC'),
    `conversation_id` String,
    `user_id` String,
    `team` LowCardinality(String),
    `app` LowCardinality(String),
    `environment` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `calls` UInt64,
    `unpriced` UInt64,
    `input_tokens` UInt64,
    `output_tokens` UInt64,
    `cost_usd` Decimal(38, 9),
    `first_call` DateTime64(6, 'UTC'),
    `last_call` DateTime64(6, 'UTC')
)
AS SELECT
    toStartOfHour(c.ts) AS t,
    c.conversation_id AS conversation_id,
    c.user_id AS user_id,
    c.team AS team,
    c.app AS app,
    c.environment AS environment,
    c.upstream AS upstream,
    c.model AS model,
    count() AS calls,
    countIf(c.cost_usd IS NULL) AS unpriced,
    sum(toUInt64(ifNull(c.input_tokens, 0))) AS input_tokens,
    sum(toUInt64(ifNull(c.output_tokens, 0))) AS output_tokens,
    sum(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost_usd,
    min(c.ts) AS first_call,
    max(c.ts) AS last_call
FROM llmtap.calls AS c
WHERE c.conversation_id != ''
GROUP BY
    t,
    conversation_id,
    user_id,
    team,
    app,
    environment,
    upstream,
    model;

CREATE TABLE llmtap.cost_1h
(
    `t` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `user_id` String CODEC(ZSTD(1)),
    `team` LowCardinality(String),
    `app` LowCardinality(String),
    `environment` LowCardinality(String),
    `provider` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `calls` SimpleAggregateFunction(sum, UInt64),
    `errors` SimpleAggregateFunction(sum, UInt64),
    `client_errors` SimpleAggregateFunction(sum, UInt64),
    `client_aborts` SimpleAggregateFunction(sum, UInt64),
    `refused` SimpleAggregateFunction(sum, UInt64),
    `unpriced` SimpleAggregateFunction(sum, UInt64),
    `unknown_usage` SimpleAggregateFunction(sum, UInt64),
    `input_tokens` SimpleAggregateFunction(sum, UInt64),
    `output_tokens` SimpleAggregateFunction(sum, UInt64),
    `cache_read_tokens` SimpleAggregateFunction(sum, UInt64),
    `cache_write_tokens` SimpleAggregateFunction(sum, UInt64),
    `reasoning_tokens` SimpleAggregateFunction(sum, UInt64),
    `duration_us` SimpleAggregateFunction(sum, UInt64),
    `cost_usd` SimpleAggregateFunction(sum, Decimal(38, 9))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, user_id, team, app, environment, provider, upstream)
TTL t + toIntervalDay(1825)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW llmtap.cost_1h_mv TO llmtap.cost_1h
(
    `t` DateTime('UTC'),
    `user_id` String,
    `team` LowCardinality(String),
    `app` LowCardinality(String),
    `environment` LowCardinality(String),
    `provider` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `calls` UInt64,
    `errors` UInt64,
    `client_errors` UInt64,
    `client_aborts` UInt64,
    `refused` UInt64,
    `unpriced` UInt64,
    `unknown_usage` UInt64,
    `input_tokens` UInt64,
    `output_tokens` UInt64,
    `cache_read_tokens` UInt64,
    `cache_write_tokens` UInt64,
    `reasoning_tokens` UInt64,
    `duration_us` UInt64,
    `cost_usd` Decimal(38, 9)
)
AS SELECT
    toStartOfHour(c.ts) AS t,
    c.user_id AS user_id,
    c.team AS team,
    c.app AS app,
    c.environment AS environment,
    c.provider AS provider,
    c.upstream AS upstream,
    c.model AS model,
    count() AS calls,
    countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) AS errors,
    countIf(c.outcome = 'client_error') AS client_errors,
    countIf(c.outcome = 'client_abort') AS client_aborts,
    countIf(c.outcome = 'refused') AS refused,
    countIf(c.cost_usd IS NULL) AS unpriced,
    countIf(c.usage_source = 'none') AS unknown_usage,
    sum(toUInt64(ifNull(c.input_tokens, 0))) AS input_tokens,
    sum(toUInt64(ifNull(c.output_tokens, 0))) AS output_tokens,
    sum(toUInt64(ifNull(c.cache_read_tokens, 0))) AS cache_read_tokens,
    sum(toUInt64(ifNull(c.cache_write_tokens, 0))) AS cache_write_tokens,
    sum(toUInt64(ifNull(c.reasoning_tokens, 0))) AS reasoning_tokens,
    sum(c.duration_us) AS duration_us,
    sum(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost_usd
FROM llmtap.calls AS c
GROUP BY
    t,
    user_id,
    team,
    app,
    environment,
    provider,
    upstream,
    model;

CREATE TABLE llmtap.detections
(
    `run` DateTime('UTC'),
    `detector` LowCardinality(String),
    `kind` LowCardinality(String),
    `severity` Enum8('info' = 0, 'ticket' = 1, 'page' = 2),
    `key_kind` LowCardinality(String),
    `key` String,
    `metric` LowCardinality(String),
    `model` LowCardinality(String),
    `upstream` LowCardinality(String),
    `app` LowCardinality(String),
    `team` LowCardinality(String),
    `user_id` String,
    `conversation_id` String,
    `since` DateTime('UTC'),
    `value_before` Nullable(Float64),
    `value_after` Nullable(Float64),
    `effect` Nullable(Float64),
    `effect_low` Nullable(Float64),
    `effect_high` Nullable(Float64),
    `q_value` Nullable(Float64),
    `z_score` Nullable(Float64),
    `calls` UInt64,
    `cost_usd` Nullable(Decimal(38, 9)),
    `baseline_from` Nullable(DateTime('UTC')),
    `baseline_to` Nullable(DateTime('UTC')),
    `message` String,
    `example_calls` Array(UUID)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(run)
ORDER BY (run, kind, key_kind, key, metric, detector)
TTL run + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 8192;

CREATE TABLE llmtap.findings
(
    `finding_id` UUID,
    `kind` LowCardinality(String),
    `severity` Enum8('info' = 0, 'ticket' = 1, 'page' = 2),
    `state` Enum8('pending' = 0, 'open' = 1, 'closed' = 2),
    `key_kind` LowCardinality(String),
    `key` String,
    `metric` LowCardinality(String),
    `since` DateTime('UTC'),
    `opened_at` Nullable(DateTime('UTC')),
    `closed_at` Nullable(DateTime('UTC')),
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    `value_before` Nullable(Float64),
    `value_after` Nullable(Float64),
    `effect` Nullable(Float64),
    `effect_low` Nullable(Float64),
    `effect_high` Nullable(Float64),
    `q_value` Nullable(Float64),
    `z_score` Nullable(Float64),
    `calls` UInt64,
    `cost_usd` Nullable(Decimal(38, 9)),
    `example_calls` Array(UUID),
    `changed` Map(LowCardinality(String), String),
    `runs_bad` UInt16,
    `runs_clean` UInt16,
    `baseline_from` Nullable(DateTime('UTC')),
    `baseline_to` Nullable(DateTime('UTC')),
    `message` String,
    `model` LowCardinality(String),
    `upstream` LowCardinality(String),
    `app` LowCardinality(String),
    `team` LowCardinality(String),
    `user_id` String,
    `conversation_id` String,
    `since_low` Nullable(DateTime('UTC')),
    `since_high` Nullable(DateTime('UTC')),
    `cost_until` Nullable(DateTime('UTC'))
)
ENGINE = ReplacingMergeTree(updated_at)
PARTITION BY toYYYYMM(since)
ORDER BY (kind, key_kind, key, metric, finding_id)
SETTINGS index_granularity = 8192;

CREATE VIEW llmtap.findings_latest
(
    `finding_id` UUID,
    `kind` LowCardinality(String),
    `severity` Enum8('info' = 0, 'ticket' = 1, 'page' = 2),
    `state` Enum8('pending' = 0, 'open' = 1, 'closed' = 2),
    `key_kind` LowCardinality(String),
    `key` String,
    `metric` LowCardinality(String),
    `since` DateTime('UTC'),
    `opened_at` Nullable(DateTime('UTC')),
    `closed_at` Nullable(DateTime('UTC')),
    `updated_at` DateTime64(3, 'UTC'),
    `value_before` Nullable(Float64),
    `value_after` Nullable(Float64),
    `effect` Nullable(Float64),
    `effect_low` Nullable(Float64),
    `effect_high` Nullable(Float64),
    `q_value` Nullable(Float64),
    `z_score` Nullable(Float64),
    `calls` UInt64,
    `cost_usd` Nullable(Decimal(38, 9)),
    `example_calls` Array(UUID),
    `changed` Map(LowCardinality(String), String),
    `runs_bad` UInt16,
    `runs_clean` UInt16,
    `baseline_from` Nullable(DateTime('UTC')),
    `baseline_to` Nullable(DateTime('UTC')),
    `message` String,
    `model` LowCardinality(String),
    `upstream` LowCardinality(String),
    `app` LowCardinality(String),
    `team` LowCardinality(String),
    `user_id` String,
    `conversation_id` String,
    `since_low` Nullable(DateTime('UTC')),
    `since_high` Nullable(DateTime('UTC')),
    `cost_until` Nullable(DateTime('UTC')),
    `acknowledged_by` String,
    `silenced` UInt8
)
AS SELECT
    f.*,
    a.author AS acknowledged_by,
    arrayExists(s -> ((((s.1) = '') OR ((s.1) = f.kind)) AND (((s.2) = f.key) OR (endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1)))) AND (((s.3) = '') OR ((s.3) = f.metric))), (
        SELECT groupArray((toString(kind), key, toString(metric)))
        FROM llmtap.silences
        FINAL
        WHERE until > now()
    )) AS silenced
FROM
(
    SELECT *
    FROM llmtap.findings
    FINAL
) AS f
LEFT JOIN
(
    SELECT *
    FROM llmtap.acknowledgements
    FINAL
) AS a ON a.finding_id = f.finding_id
SETTINGS join_use_nulls = 0;

CREATE TABLE llmtap.machine_1h
(
    `t` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `upstream` LowCardinality(String),
    `cost_usd` Decimal(38, 9),
    `calls_usd` Decimal(38, 9),
    `idle_usd` Decimal(38, 9),
    `price_version` LowCardinality(String),
    `updated_at` DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (t, upstream)
SETTINGS index_granularity = 8192;

CREATE TABLE llmtap.perf_1m
(
    `t` DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    `provider` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `app` LowCardinality(String),
    `prompt_version` UInt64,
    `input_size` Enum8('unknown' = 0, 'lt_256' = 1, 'lt_1k' = 2, 'lt_4k' = 3, 'lt_16k' = 4, 'lt_64k' = 5, 'ge_64k' = 6),
    `calls` SimpleAggregateFunction(sum, UInt64),
    `errors` SimpleAggregateFunction(sum, UInt64),
    `n_ok` SimpleAggregateFunction(sum, UInt64),
    `tool_turns` SimpleAggregateFunction(sum, UInt64),
    `n_tpot` SimpleAggregateFunction(sum, UInt64),
    `ln_tpot` SimpleAggregateFunction(sum, Float64),
    `ln_tpot2` SimpleAggregateFunction(sum, Float64),
    `n_ttfc` SimpleAggregateFunction(sum, UInt64),
    `ln_ttfc` SimpleAggregateFunction(sum, Float64),
    `ln_ttfc2` SimpleAggregateFunction(sum, Float64),
    `n_output` SimpleAggregateFunction(sum, UInt64),
    `ln_output` SimpleAggregateFunction(sum, Float64),
    `ln_output2` SimpleAggregateFunction(sum, Float64),
    `n_cost` SimpleAggregateFunction(sum, UInt64),
    `ln_cost` SimpleAggregateFunction(sum, Float64),
    `ln_cost2` SimpleAggregateFunction(sum, Float64),
    `fidelity_applicable` SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    `fidelity_failed` SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    `fidelity_suspected` SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    `dur_hist` SimpleAggregateFunction(sumMap, Map(Int16, UInt64)),
    `ttfc_hist` SimpleAggregateFunction(sumMap, Map(Int16, UInt64)),
    `dur_q` AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32),
    `ttfc_q` AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, upstream, provider, app, prompt_version, input_size)
TTL t + toIntervalDay(90)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;

CREATE MATERIALIZED VIEW llmtap.perf_1m_mv TO llmtap.perf_1m
(
    `t` DateTime('UTC'),
    `provider` LowCardinality(String),
    `upstream` LowCardinality(String),
    `model` LowCardinality(String),
    `app` LowCardinality(String),
    `prompt_version` UInt64,
    `input_size` String,
    `calls` UInt64,
    `errors` UInt64,
    `n_ok` UInt64,
    `tool_turns` UInt64,
    `n_tpot` UInt64,
    `ln_tpot` Float64,
    `ln_tpot2` Float64,
    `n_ttfc` UInt64,
    `ln_ttfc` Float64,
    `ln_ttfc2` Float64,
    `n_output` UInt64,
    `ln_output` Float64,
    `ln_output2` Float64,
    `n_cost` UInt64,
    `ln_cost` Float64,
    `ln_cost2` Float64,
    `fidelity_applicable` Map(String, UInt64),
    `fidelity_failed` Map(String, UInt64),
    `fidelity_suspected` Map(String, UInt64),
    `dur_hist` Map(Int16, UInt64),
    `ttfc_hist` Map(Int16, UInt64),
    `dur_q` AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32),
    `ttfc_q` AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32)
)
AS WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND (c.ttfc_us > 0) AS has_ttfc,
    has_ttfc AND (out_tokens > 1) AND (c.duration_us > c.ttfc_us) AS has_tpot,
    is_ok AND (out_tokens > 0) AS has_output,
    is_ok AND (ifNull(c.cost_usd, toDecimal64(0, 9)) > 0) AS has_cost,
    log(if(has_tpot, (c.duration_us - c.ttfc_us) / (out_tokens - 1), 1)) AS ln_of_tpot,
    log(greatest(c.ttfc_us, 1)) AS ln_of_ttfc,
    log(greatest(out_tokens, 1)) AS ln_of_output,
    log(if(has_cost, toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))), 1)) AS ln_of_cost
SELECT
    toStartOfMinute(c.ts) AS t,
    c.provider AS provider,
    c.upstream AS upstream,
    c.model AS model,
    c.app AS app,
    c.prompt_version AS prompt_version,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k', fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
    count() AS calls,
    countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) AS errors,
    countIf(is_ok) AS n_ok,
    countIf(c.tool_calls > 0) AS tool_turns,
    countIf(has_tpot) AS n_tpot,
    sumIf(ln_of_tpot, has_tpot) AS ln_tpot,
    sumIf(ln_of_tpot * ln_of_tpot, has_tpot) AS ln_tpot2,
    countIf(has_ttfc) AS n_ttfc,
    sumIf(ln_of_ttfc, has_ttfc) AS ln_ttfc,
    sumIf(ln_of_ttfc * ln_of_ttfc, has_ttfc) AS ln_ttfc2,
    countIf(has_output) AS n_output,
    sumIf(ln_of_output, has_output) AS ln_output,
    sumIf(ln_of_output * ln_of_output, has_output) AS ln_output2,
    countIf(has_cost) AS n_cost,
    sumIf(ln_of_cost, has_cost) AS ln_cost,
    sumIf(ln_of_cost * ln_of_cost, has_cost) AS ln_cost2,
    sumMap(CAST((c.fidelity_applicable, arrayResize([toUInt64(1)], length(c.fidelity_applicable), toUInt64(1))), 'Map(String, UInt64)')) AS fidelity_applicable,
    sumMap(CAST((c.fidelity_failed, arrayResize([toUInt64(1)], length(c.fidelity_failed), toUInt64(1))), 'Map(String, UInt64)')) AS fidelity_failed,
    sumMap(CAST((c.fidelity_suspected, arrayResize([toUInt64(1)], length(c.fidelity_suspected), toUInt64(1))), 'Map(String, UInt64)')) AS fidelity_suspected,
    sumMapIf(map(toInt16(floor(log(greatest(c.duration_us, 1) / 1000) / log(1.02))), toUInt64(1)), is_ok) AS dur_hist,
    sumMapIf(map(toInt16(floor(log(greatest(c.ttfc_us, 1) / 1000) / log(1.02))), toUInt64(1)), has_ttfc) AS ttfc_hist,
    quantilesTDigestStateIf(0.5, 0.95, 0.99)(toFloat32(c.duration_us / 1000), is_ok) AS dur_q,
    quantilesTDigestStateIf(0.5, 0.95, 0.99)(toFloat32(c.ttfc_us / 1000), has_ttfc) AS ttfc_q
FROM llmtap.calls AS c
GROUP BY
    t,
    provider,
    upstream,
    model,
    app,
    prompt_version,
    input_size;

CREATE TABLE llmtap.prices
(
    `provider` LowCardinality(String),
    `model` String,
    `upstream` LowCardinality(String),
    `price_version` LowCardinality(String),
    `source` LowCardinality(String),
    `valid_from` DateTime('UTC'),
    `valid_to` Nullable(DateTime('UTC')),
    `input` Nullable(Decimal(18, 9)),
    `output` Nullable(Decimal(18, 9)),
    `cache_read` Nullable(Decimal(18, 9)),
    `cache_write` Nullable(Decimal(18, 9)),
    `per_request` Nullable(Decimal(18, 9)),
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (provider, model, upstream, price_version, valid_from)
SETTINGS index_granularity = 8192;

CREATE TABLE llmtap.residuals_1h
(
    `run` DateTime('UTC'),
    `metric` LowCardinality(String),
    `model` LowCardinality(String),
    `upstream` LowCardinality(String),
    `net` Bool,
    `age` Int32,
    `frozen_age` Int32,
    `days` UInt16,
    `blocks` UInt16,
    `calls` UInt64,
    `w` Float64,
    `e` Float64,
    `plain` Float64,
    `load` Float64
)
ENGINE = Memory;

CREATE TABLE llmtap.schema_migrations
(
    `version` UInt32,
    `name` String,
    `compatible_from` UInt32,
    `applied_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY version
SETTINGS index_granularity = 8192;

CREATE TABLE llmtap.silences
(
    `kind` LowCardinality(String),
    `key` String,
    `metric` LowCardinality(String),
    `until` DateTime('UTC'),
    `author` String,
    `comment` String,
    `updated_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (kind, key, metric)
SETTINGS index_granularity = 8192;

CREATE TABLE llmtap.unrecorded
(
    `ts` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `first` DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `id` UUID,
    `upstream` LowCardinality(String),
    `reason` LowCardinality(String),
    `calls` UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, id)
TTL toDateTime(ts) + toIntervalDay(1825)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, index_granularity = 8192;
