-- Run before anything is known of the schema, as often as need be. compatible_from is the oldest schema version whose
-- Collectors can still write after the migration.
CREATE DATABASE IF NOT EXISTS ai ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS ai.schema_migrations ON CLUSTER '{cluster}'
(
    version         UInt32,
    name            String,
    compatible_from UInt32,
    applied_at      DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', applied_at)
ORDER BY version;

CREATE TABLE IF NOT EXISTS ai.schema_migrations_all ON CLUSTER '{cluster}' AS ai.schema_migrations
ENGINE = Distributed('{cluster}', ai, schema_migrations, version);

-- compatible_from: 1
-- The calls and the two rollups that follow from them. They come in one migration, so that no Collector can insert a
-- call before the views stand. A deduplication window stands on every table that an insert reaches: with one on calls
-- alone, a repeated insert is dropped there and counted again in the rollups.
CREATE TABLE IF NOT EXISTS ai.calls_local ON CLUSTER '{cluster}'
(
    -- time: the tap's clock
    ts                  DateTime64(6, 'UTC')          CODEC(Delta(8), ZSTD(1)),
    inserted_at         DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    -- identity: call_id follows from trace and span id, batch_id is the deduplication token of the insert
    call_id             UUID,
    batch_id            UInt64                        CODEC(T64, ZSTD(1)),
    trace_id            String                        CODEC(ZSTD(1)),
    span_id             String                        CODEC(ZSTD(1)),
    parent_span_id      String                        CODEC(ZSTD(1)),
    conversation_id     String                        CODEC(ZSTD(1)),
    conversation_derived Bool,
    -- caller: users are unbounded in number, and a plain String is then faster than LowCardinality
    user_id             String                        CODEC(ZSTD(1)),
    team                LowCardinality(String)        CODEC(ZSTD(1)),
    app                 LowCardinality(String)        CODEC(ZSTD(1)),
    environment         LowCardinality(String)        CODEC(ZSTD(1)),
    key_hash            String                        CODEC(ZSTD(1)),
    labels              Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    -- what was called
    operation           LowCardinality(String),
    provider            LowCardinality(String),
    api_type            LowCardinality(String),
    upstream            LowCardinality(String),
    server_address      LowCardinality(String),
    server_port         UInt16                        CODEC(T64, ZSTD(1)),
    server_version      LowCardinality(String),
    model_requested     LowCardinality(String),
    model               LowCardinality(String),
    stream              Bool,
    -- how it ended
    http_status         UInt16                        CODEC(T64, ZSTD(1)),
    outcome             Enum8('ok' = 0, 'client_error' = 1, 'upstream_error' = 2, 'timeout' = 3, 'client_abort' = 4, 'refused' = 5, 'tap_error' = 6),
    error_type          LowCardinality(String),
    finish_reasons      Array(LowCardinality(String)) CODEC(ZSTD(1)),
    -- how fast, in microseconds; 0 where it does not apply
    duration_us         UInt64                        CODEC(T64, ZSTD(1)),
    ttfc_us             UInt64                        CODEC(T64, ZSTD(1)),
    max_gap_us          UInt64                        CODEC(T64, ZSTD(1)),
    tap_overhead_us     UInt64                        CODEC(T64, ZSTD(1)),
    chunks              UInt32                        CODEC(T64, ZSTD(1)),
    -- tokens: NULL is unknown; input includes the cache's, output includes reasoning
    input_tokens        Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    output_tokens       Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    cache_read_tokens   Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    cache_write_tokens  Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    reasoning_tokens    Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    audio_input_tokens  Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    audio_output_tokens Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    image_input_tokens  Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    image_output_tokens Nullable(UInt32)              CODEC(T64, ZSTD(1)),
    usage_source        Enum8('none' = 0, 'reported' = 1, 'injected' = 2, 'estimated' = 3),
    -- cost: NULL is an unknown price
    cost_usd            Nullable(Decimal(18, 9))      CODEC(ZSTD(1)),
    cost_source         LowCardinality(String),
    price_version       LowCardinality(String),
    -- what the request held and the answer called
    tools_offered       UInt16                        CODEC(T64, ZSTD(1)),
    tool_calls          UInt16                        CODEC(T64, ZSTD(1)),
    tool_names          Array(LowCardinality(String)) CODEC(ZSTD(1)),
    input_images        UInt16                        CODEC(T64, ZSTD(1)),
    input_audios        UInt16                        CODEC(T64, ZSTD(1)),
    input_files         UInt16                        CODEC(T64, ZSTD(1)),
    response_format     LowCardinality(String),
    previous_response_id String                       CODEC(ZSTD(1)),
    response_id         String                        CODEC(ZSTD(1)),
    system_fingerprint  LowCardinality(String),
    service_tier        LowCardinality(String),
    -- fidelity: ids of checks by verdict; applicable is the denominator of rates
    fidelity_applicable  Array(LowCardinality(String)) CODEC(ZSTD(1)),
    fidelity_failed      Array(LowCardinality(String)) CODEC(ZSTD(1)),
    fidelity_suspected   Array(LowCardinality(String)) CODEC(ZSTD(1)),
    fidelity_undecidable Array(LowCardinality(String)) CODEC(ZSTD(1)),
    -- hashes; 0 means there was nothing to hash
    prompt_hash         UInt64                        CODEC(ZSTD(1)),
    prompt_version      UInt64                        CODEC(ZSTD(1)),
    toolcall_hash       UInt64                        CODEC(ZSTD(1)),
    turn                UInt16                        CODEC(T64, ZSTD(1)),
    retry               UInt16                        CODEC(T64, ZSTD(1)),
    request_bytes       UInt64                        CODEC(T64, ZSTD(1)),
    response_bytes      UInt64                        CODEC(T64, ZSTD(1)),
    request_truncated   Bool,
    response_truncated  Bool,
    INDEX ix_call  call_id         TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_trace trace_id        TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX ix_conv  conversation_id TYPE bloom_filter(0.01)  GRANULARITY 1,
    INDEX ix_user  user_id         TYPE bloom_filter(0.01)  GRANULARITY 1,
    INDEX ix_cost  cost_usd        TYPE minmax GRANULARITY 1,
    INDEX ix_dur   duration_us     TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(ts)
PRIMARY KEY (toStartOfHour(ts), model, user_id)
ORDER BY (toStartOfHour(ts), model, user_id, ts)
TTL toDateTime(ts) + toIntervalDay(730)
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

-- Money: per user, sums only.
CREATE TABLE IF NOT EXISTS ai.cost_1h_local ON CLUSTER '{cluster}'
(
    t                  DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    user_id            String CODEC(ZSTD(1)),
    team               LowCardinality(String),
    app                LowCardinality(String),
    environment        LowCardinality(String),
    provider           LowCardinality(String),
    upstream           LowCardinality(String),
    model              LowCardinality(String),
    calls              SimpleAggregateFunction(sum, UInt64),
    errors             SimpleAggregateFunction(sum, UInt64),
    client_errors      SimpleAggregateFunction(sum, UInt64),
    client_aborts      SimpleAggregateFunction(sum, UInt64),
    refused            SimpleAggregateFunction(sum, UInt64),
    unpriced           SimpleAggregateFunction(sum, UInt64),
    unknown_usage      SimpleAggregateFunction(sum, UInt64),
    input_tokens       SimpleAggregateFunction(sum, UInt64),
    output_tokens      SimpleAggregateFunction(sum, UInt64),
    cache_read_tokens  SimpleAggregateFunction(sum, UInt64),
    cache_write_tokens SimpleAggregateFunction(sum, UInt64),
    reasoning_tokens   SimpleAggregateFunction(sum, UInt64),
    duration_us        SimpleAggregateFunction(sum, UInt64),
    cost_usd           SimpleAggregateFunction(sum, Decimal(38, 9))
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, user_id, team, app, environment, provider, upstream)

SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE MATERIALIZED VIEW IF NOT EXISTS ai.cost_1h_mv ON CLUSTER '{cluster}' TO ai.cost_1h_local AS
SELECT toStartOfHour(c.ts) AS t, c.user_id AS user_id, c.team AS team, c.app AS app, c.environment AS environment,
    c.provider AS provider, c.upstream AS upstream, c.model AS model,
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
FROM ai.calls_local AS c
GROUP BY t, user_id, team, app, environment, provider, upstream, model;

-- Quality: per model, upstream, app and prompt version, with sketches, without user. For each measure x the count, the
-- sum of ln x and that of its square: enough for Welch's test on blocks of any length. Time to first chunk is of streams
-- only and is compared within input_size, the tokens that had to be read anew.
CREATE TABLE IF NOT EXISTS ai.perf_1m_local ON CLUSTER '{cluster}'
(
    t                   DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    provider            LowCardinality(String),
    upstream            LowCardinality(String),
    model               LowCardinality(String),
    app                 LowCardinality(String),
    prompt_version      UInt64,
    input_size          Enum8('unknown' = 0, 'lt_256' = 1, 'lt_1k' = 2, 'lt_4k' = 3, 'lt_16k' = 4, 'lt_64k' = 5, 'ge_64k' = 6),
    calls               SimpleAggregateFunction(sum, UInt64),
    errors              SimpleAggregateFunction(sum, UInt64),
    n_ok                SimpleAggregateFunction(sum, UInt64),
    tool_turns          SimpleAggregateFunction(sum, UInt64),
    n_tpot              SimpleAggregateFunction(sum, UInt64),
    ln_tpot             SimpleAggregateFunction(sum, Float64),
    ln_tpot2            SimpleAggregateFunction(sum, Float64),
    n_ttfc              SimpleAggregateFunction(sum, UInt64),
    ln_ttfc             SimpleAggregateFunction(sum, Float64),
    ln_ttfc2            SimpleAggregateFunction(sum, Float64),
    n_output            SimpleAggregateFunction(sum, UInt64),
    ln_output           SimpleAggregateFunction(sum, Float64),
    ln_output2          SimpleAggregateFunction(sum, Float64),
    n_cost              SimpleAggregateFunction(sum, UInt64),
    ln_cost             SimpleAggregateFunction(sum, Float64),
    ln_cost2            SimpleAggregateFunction(sum, Float64),
    fidelity_applicable SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    fidelity_failed     SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    fidelity_suspected  SimpleAggregateFunction(sumMap, Map(String, UInt64)),
    -- histograms with bins 2 % wide: floor(ln(ms) / ln(1.02))
    dur_hist            SimpleAggregateFunction(sumMap, Map(Int16, UInt64)),
    ttfc_hist           SimpleAggregateFunction(sumMap, Map(Int16, UInt64)),
    dur_q               AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32),
    ttfc_q              AggregateFunction(quantilesTDigest(0.5, 0.95, 0.99), Float32)
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, upstream, provider, app, prompt_version, input_size)
TTL t + toIntervalDay(56)
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE MATERIALIZED VIEW IF NOT EXISTS ai.perf_1m_mv ON CLUSTER '{cluster}' TO ai.perf_1m_local AS
WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND c.ttfc_us > 0 AS has_ttfc,
    has_ttfc AND out_tokens > 1 AND c.duration_us > c.ttfc_us AS has_tpot,
    is_ok AND out_tokens > 0 AS has_output,
    is_ok AND ifNull(c.cost_usd, toDecimal64(0, 9)) > 0 AS has_cost,
    log(if(has_tpot, (c.duration_us - c.ttfc_us) / (out_tokens - 1), 1)) AS ln_of_tpot,
    log(greatest(c.ttfc_us, 1)) AS ln_of_ttfc,
    log(greatest(out_tokens, 1)) AS ln_of_output,
    log(if(has_cost, toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))), 1)) AS ln_of_cost
SELECT toStartOfMinute(c.ts) AS t, c.provider AS provider, c.upstream AS upstream, c.model AS model, c.app AS app,
    c.prompt_version AS prompt_version,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k',
        fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
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
FROM ai.calls_local AS c
GROUP BY t, provider, upstream, model, app, prompt_version, input_size;

CREATE TABLE IF NOT EXISTS ai.calls ON CLUSTER '{cluster}' AS ai.calls_local
ENGINE = Distributed('{cluster}', ai, calls_local, cityHash64(call_id));

CREATE TABLE IF NOT EXISTS ai.cost_1h ON CLUSTER '{cluster}' AS ai.cost_1h_local
ENGINE = Distributed('{cluster}', ai, cost_1h_local, rand());

CREATE TABLE IF NOT EXISTS ai.perf_1m ON CLUSTER '{cluster}' AS ai.perf_1m_local
ENGINE = Distributed('{cluster}', ai, perf_1m_local, rand());

-- compatible_from: 1
-- Bodies, only where the configuration asks for them. Apart from the calls, because bodies in the row make sorting and
-- merging run out of memory; by conversation, because each turn repeats the last and compresses against it.
CREATE TABLE IF NOT EXISTS ai.content_local ON CLUSTER '{cluster}'
(
    ts              DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    call_id         UUID,
    conversation_id String CODEC(ZSTD(1)),
    user_id         String CODEC(ZSTD(1)),
    request         String CODEC(ZSTD(3)),
    response        String CODEC(ZSTD(3)),
    evidence        Array(String) CODEC(ZSTD(3)),
    truncated       Bool,
    INDEX ix_call call_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toDate(ts)
ORDER BY (conversation_id, ts)
TTL toDateTime(ts) + toIntervalHour(36)
SETTINGS ttl_only_drop_parts = 1, index_granularity = 256, index_granularity_bytes = '64Mi',
    max_compress_block_size = 4194304, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS ai.content ON CLUSTER '{cluster}' AS ai.content_local
ENGINE = Distributed('{cluster}', ai, content_local, cityHash64(call_id));

-- compatible_from: 1
-- One row per incident, written again while it is open: the row with the latest updated_at counts (FINAL).
CREATE TABLE IF NOT EXISTS ai.findings_local ON CLUSTER '{cluster}'
(
    finding_id      UUID,
    kind            LowCardinality(String),
    severity        Enum8('info' = 0, 'ticket' = 1, 'page' = 2),
    state           Enum8('pending' = 0, 'open' = 1, 'closed' = 2),
    -- what it is about, e.g. 'user' and an id, or 'model, upstream' and both
    key_kind        LowCardinality(String),
    key             String,
    metric          LowCardinality(String),
    since           DateTime('UTC'),
    opened_at       Nullable(DateTime('UTC')),
    closed_at       Nullable(DateTime('UTC')),
    updated_at      DateTime64(3, 'UTC') DEFAULT now64(3),
    -- the numbers before and after, the effect with its confidence interval, and how sure
    value_before    Nullable(Float64),
    value_after     Nullable(Float64),
    effect          Nullable(Float64),
    effect_low      Nullable(Float64),
    effect_high     Nullable(Float64),
    q_value         Nullable(Float64),
    z_score         Nullable(Float64),
    calls           UInt64,
    cost_usd        Nullable(Decimal(38, 9)),
    example_calls   Array(UUID),
    -- what else changed at that time: field to 'before -> after'
    changed         Map(LowCardinality(String), String),
    -- runs in a row that saw it, or did not
    runs_bad        UInt16,
    runs_clean      UInt16,
    baseline_from   Nullable(DateTime('UTC')),
    baseline_to     Nullable(DateTime('UTC')),
    message         String
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
PARTITION BY toYYYYMM(since)
ORDER BY (kind, key_kind, key, metric, finding_id);

CREATE TABLE IF NOT EXISTS ai.findings ON CLUSTER '{cluster}' AS ai.findings_local
ENGINE = Distributed('{cluster}', ai, findings_local, cityHash64(finding_id));

-- compatible_from: 1
-- Prices as they were applied, in US dollars per million tokens; NULL is unknown.
CREATE TABLE IF NOT EXISTS ai.prices_local ON CLUSTER '{cluster}'
(
    provider      LowCardinality(String),
    model         String,
    upstream      LowCardinality(String),
    price_version LowCardinality(String),
    source        LowCardinality(String),
    valid_from    DateTime('UTC'),
    valid_to      Nullable(DateTime('UTC')),
    input         Nullable(Decimal(18, 9)),
    output        Nullable(Decimal(18, 9)),
    cache_read    Nullable(Decimal(18, 9)),
    cache_write   Nullable(Decimal(18, 9)),
    per_request   Nullable(Decimal(18, 9)),
    updated_at    DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
ORDER BY (provider, model, upstream, price_version, valid_from);

-- What a user, team or app may spend in a period.
CREATE TABLE IF NOT EXISTS ai.budgets_local ON CLUSTER '{cluster}'
(
    scope      Enum8('user' = 0, 'team' = 1, 'app' = 2),
    key        String,
    period     Enum8('hour' = 0, 'day' = 1, 'week' = 2, 'month' = 3),
    limit_usd  Decimal(18, 9),
    enforced   Bool,
    valid_from DateTime('UTC'),
    valid_to   Nullable(DateTime('UTC')),
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
ORDER BY (scope, key, period, valid_from);

CREATE TABLE IF NOT EXISTS ai.prices ON CLUSTER '{cluster}' AS ai.prices_local
ENGINE = Distributed('{cluster}', ai, prices_local, cityHash64(model));

CREATE TABLE IF NOT EXISTS ai.budgets ON CLUSTER '{cluster}' AS ai.budgets_local
ENGINE = Distributed('{cluster}', ai, budgets_local, cityHash64(key));

-- compatible_from: 1
-- How far a call's conversation has come, and how much of its input was sent before; NULL is unknown.
ALTER TABLE ai.calls_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS conversation_turn UInt16 CODEC(T64, ZSTD(1)) AFTER conversation_derived,
    ADD COLUMN IF NOT EXISTS history_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER conversation_turn;

ALTER TABLE ai.calls ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS conversation_turn UInt16 AFTER conversation_derived,
    ADD COLUMN IF NOT EXISTS history_tokens Nullable(UInt32) AFTER conversation_turn;

-- compatible_from: 1
-- What machines with a price by the hour cost, and how much of it no call had in flight. llmtapctl reprice fills it.
CREATE TABLE IF NOT EXISTS ai.machine_1h_local ON CLUSTER '{cluster}'
(
    t             DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    upstream      LowCardinality(String),
    cost_usd      Decimal(38, 9),
    calls_usd     Decimal(38, 9),
    idle_usd      Decimal(38, 9),
    price_version LowCardinality(String),
    updated_at    DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
ORDER BY (t, upstream);

CREATE TABLE IF NOT EXISTS ai.machine_1h ON CLUSTER '{cluster}' AS ai.machine_1h_local
ENGINE = Distributed('{cluster}', ai, machine_1h_local, cityHash64(upstream));

-- compatible_from: 1
-- What every detector run reads and leaves. A run is a time; to do one again changes nothing.

-- One row per call and measure: of means x is ln of the value, of rates 1 where the event happened. Latency, rates and money
-- are of the model that was asked for, so that an alias that moves is a change and no new series.
CREATE VIEW IF NOT EXISTS ai.call_measures ON CLUSTER '{cluster}' AS
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
FROM ai.calls AS c
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
CREATE TABLE IF NOT EXISTS ai.blocks_10m_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', computed_at)
PARTITION BY toYYYYMM(t)
ORDER BY (measure, t, metric, model, upstream, app, stratum)
TTL t + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What a detector flagged in a run; an incident follows from several.
CREATE TABLE IF NOT EXISTS ai.detections_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(run)
ORDER BY (run, kind, key_kind, key, metric, detector)
TTL run + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1;

-- Who wants to hear nothing of a key until when; an empty kind or metric is any, * at the end of a key stands for the rest.
CREATE TABLE IF NOT EXISTS ai.silences_local ON CLUSTER '{cluster}'
(
    kind       LowCardinality(String),
    key        String,
    metric     LowCardinality(String),
    until      DateTime('UTC'),
    author     String,
    comment    String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
ORDER BY (kind, key, metric);

-- Who has seen a finding.
CREATE TABLE IF NOT EXISTS ai.acknowledgements_local ON CLUSTER '{cluster}'
(
    finding_id UUID,
    author     String,
    comment    String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', updated_at)
ORDER BY finding_id;

CREATE TABLE IF NOT EXISTS ai.blocks_10m ON CLUSTER '{cluster}' AS ai.blocks_10m_local
ENGINE = Distributed('{cluster}', ai, blocks_10m_local, cityHash64(measure, t, metric, model, upstream, app, stratum));

CREATE TABLE IF NOT EXISTS ai.detections ON CLUSTER '{cluster}' AS ai.detections_local
ENGINE = Distributed('{cluster}', ai, detections_local, cityHash64(key));

CREATE TABLE IF NOT EXISTS ai.silences ON CLUSTER '{cluster}' AS ai.silences_local
ENGINE = Distributed('{cluster}', ai, silences_local, cityHash64(key));

CREATE TABLE IF NOT EXISTS ai.acknowledgements ON CLUSTER '{cluster}' AS ai.acknowledgements_local
ENGINE = Distributed('{cluster}', ai, acknowledgements_local, cityHash64(finding_id));

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE VIEW IF NOT EXISTS ai.findings_latest ON CLUSTER '{cluster}' AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM ai.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM ai.findings FINAL) AS f
LEFT JOIN (SELECT * FROM ai.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id;

-- compatible_from: 1
-- Parts of the usage that have prices of their own: cache writes kept for an hour, sound from the cache, and how long the
-- sound in the input plays, in microseconds; 0 is unknown.
ALTER TABLE ai.calls_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER image_output_tokens,
    ADD COLUMN IF NOT EXISTS audio_cache_read_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER cache_write_1h_tokens,
    ADD COLUMN IF NOT EXISTS audio_input_us UInt64 CODEC(T64, ZSTD(1)) AFTER audio_cache_read_tokens;

ALTER TABLE ai.calls ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens Nullable(UInt32) AFTER image_output_tokens,
    ADD COLUMN IF NOT EXISTS audio_cache_read_tokens Nullable(UInt32) AFTER cache_write_1h_tokens,
    ADD COLUMN IF NOT EXISTS audio_input_us UInt64 AFTER audio_cache_read_tokens;

-- compatible_from: 1
-- An incident names the calls that it is about, as its detection does; empty is any. A detector may name its example calls itself.
ALTER TABLE ai.findings_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS model LowCardinality(String),
    ADD COLUMN IF NOT EXISTS upstream LowCardinality(String),
    ADD COLUMN IF NOT EXISTS app LowCardinality(String),
    ADD COLUMN IF NOT EXISTS team LowCardinality(String),
    ADD COLUMN IF NOT EXISTS user_id String,
    ADD COLUMN IF NOT EXISTS conversation_id String;

ALTER TABLE ai.detections_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS example_calls Array(UUID);

ALTER TABLE ai.findings ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS model LowCardinality(String),
    ADD COLUMN IF NOT EXISTS upstream LowCardinality(String),
    ADD COLUMN IF NOT EXISTS app LowCardinality(String),
    ADD COLUMN IF NOT EXISTS team LowCardinality(String),
    ADD COLUMN IF NOT EXISTS user_id String,
    ADD COLUMN IF NOT EXISTS conversation_id String;

ALTER TABLE ai.detections ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS example_calls Array(UUID);

-- Of the latest run alone: how far the mean of each hour is above what was usual, by the hour's age.
CREATE TABLE IF NOT EXISTS ai.residuals_1h ON CLUSTER '{cluster}'
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
CREATE OR REPLACE VIEW ai.call_measures ON CLUSTER '{cluster}' AS
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
FROM ai.calls AS c
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
CREATE OR REPLACE VIEW ai.findings_latest ON CLUSTER '{cluster}' AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM ai.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM ai.findings FINAL) AS f
LEFT JOIN (SELECT * FROM ai.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id;

-- compatible_from: 1
-- Calls by the hour without callers, for questions over weeks. A projection is part of the table: it holds what the rows hold
-- through repeated inserts, repairs and new prices. ClickHouse takes it for any query that needs only these expressions, so
-- one that asks for toStartOfHour(ts) and not for ts. A sketch is within 1 % of the quantile.
ALTER TABLE ai.calls_local ON CLUSTER '{cluster}' MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';

ALTER TABLE ai.calls_local ON CLUSTER '{cluster}' ADD PROJECTION IF NOT EXISTS by_model
(
    SELECT toStartOfHour(ts), provider, upstream, model, app, environment, outcome, stream,
        count(), countIf(cost_usd IS NULL), countIf(usage_source = 'none'), countIf(max_gap_us > 2000000),
        sum(cost_usd), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(reasoning_tokens), sum(duration_us),
        quantilesDD(0.01, 0.5, 0.95, 0.99)(duration_us), quantilesDDIf(0.01, 0.5, 0.95, 0.99)(ttfc_us, ttfc_us > 0)
    GROUP BY toStartOfHour(ts), provider, upstream, model, app, environment, outcome, stream
);

ALTER TABLE ai.calls_local ON CLUSTER '{cluster}' MATERIALIZE PROJECTION by_model;

-- compatible_from: 1
-- An incident names the moments between which its change surely was; NULL where it is not dated.
ALTER TABLE ai.findings_local ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS since_low Nullable(DateTime('UTC')),
    ADD COLUMN IF NOT EXISTS since_high Nullable(DateTime('UTC'));

ALTER TABLE ai.findings ON CLUSTER '{cluster}'
    ADD COLUMN IF NOT EXISTS since_low Nullable(DateTime('UTC')),
    ADD COLUMN IF NOT EXISTS since_high Nullable(DateTime('UTC'));

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE OR REPLACE VIEW ai.findings_latest ON CLUSTER '{cluster}' AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM ai.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM ai.findings FINAL) AS f
LEFT JOIN (SELECT * FROM ai.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id;

-- compatible_from: 1
-- Conversations by the hour, for the question which cost most. Calls that were there before are brought in by llmtapctl repair.
CREATE TABLE IF NOT EXISTS ai.conversation_1h_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(t)
ORDER BY (t, model, user_id, conversation_id, team, app, environment, upstream)
TTL t + toIntervalDay(182)
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE MATERIALIZED VIEW IF NOT EXISTS ai.conversation_1h_mv ON CLUSTER '{cluster}' TO ai.conversation_1h_local AS
SELECT toStartOfHour(c.ts) AS t, c.conversation_id AS conversation_id, c.user_id AS user_id, c.team AS team, c.app AS app,
    c.environment AS environment, c.upstream AS upstream, c.model AS model,
    count() AS calls,
    countIf(c.cost_usd IS NULL) AS unpriced,
    sum(toUInt64(ifNull(c.input_tokens, 0))) AS input_tokens,
    sum(toUInt64(ifNull(c.output_tokens, 0))) AS output_tokens,
    sum(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost_usd,
    min(c.ts) AS first_call,
    max(c.ts) AS last_call
FROM ai.calls_local AS c
WHERE c.conversation_id != ''
GROUP BY t, conversation_id, user_id, team, app, environment, upstream, model;

CREATE TABLE IF NOT EXISTS ai.conversation_1h ON CLUSTER '{cluster}' AS ai.conversation_1h_local
ENGINE = Distributed('{cluster}', ai, conversation_1h_local, rand());

-- compatible_from: 1
-- A latency is looked at net of load, too. Only the latest run is kept, so there is nothing to move.
CREATE OR REPLACE TABLE ai.residuals_1h ON CLUSTER '{cluster}'
(
    run        DateTime('UTC'),
    metric     LowCardinality(String),
    model      LowCardinality(String),
    upstream   LowCardinality(String),
    net        Bool,
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
    plain      Float64,
    -- of a net series by how many deviations the load is above the usual, of others 0
    load       Float64
)
ENGINE = Memory;

-- compatible_from: 1
-- Calls that were passed on and not recorded, so that who explains a bill knows what it misses. One row per span that tells of
-- them, which may be sent again and is then the same row (FINAL).
CREATE TABLE IF NOT EXISTS ai.unrecorded_local ON CLUSTER '{cluster}'
(
    -- when the last and the first of the calls were given up
    ts       DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    first    DateTime64(6, 'UTC') CODEC(Delta(8), ZSTD(1)),
    -- follows from trace and span id
    id       UUID,
    upstream LowCardinality(String),
    reason   LowCardinality(String),
    calls    UInt64 CODEC(T64, ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, id)
TTL toDateTime(ts) + toIntervalDay(1095)
SETTINGS ttl_only_drop_parts = 1, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800;

CREATE TABLE IF NOT EXISTS ai.unrecorded ON CLUSTER '{cluster}' AS ai.unrecorded_local
ENGINE = Distributed('{cluster}', ai, unrecorded_local, cityHash64(id));

-- compatible_from: 1
-- A reader whose profile has joins give NULL for what is not there is refused the view, unless it says itself what its own join gives.
CREATE OR REPLACE VIEW ai.findings_latest ON CLUSTER '{cluster}' AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM ai.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM ai.findings FINAL) AS f
LEFT JOIN (SELECT * FROM ai.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id
SETTINGS join_use_nulls = 0;

-- compatible_from: 1
-- Calls that fetch or cancel what another made, or count tokens, use nothing: they lack no usage.
CREATE OR REPLACE VIEW ai.call_measures ON CLUSTER '{cluster}' AS
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
FROM ai.calls AS c
ARRAY JOIN arrayConcat(
    if(has_ttfc, [('mean', 'time_to_first_chunk', '', input_size, log(greatest(c.ttfc_us, 1) / 1e6))], []),
    if(has_tpot, [('mean', 'time_per_output_token', '', '', log(greatest(c.duration_us - c.ttfc_us, 1) / greatest(out_tokens - 1, 1) / 1e6))], []),
    if(is_ok AND out_tokens > 0, [('mean', 'output_tokens', '', '', log(greatest(out_tokens, 1)))], []),
    if(is_ok AND ifNull(c.input_tokens, 0) > 0, [('mean', 'input_tokens', '', '', log(greatest(ifNull(c.input_tokens, 0), 1)))], []),
    if(is_ok AND cost > 0, [('mean', 'cost_per_call', '', '', log(if(cost > 0, cost, 1)))], []),
    -- errors of the server are one rate, those of the client one per class
    if(answered, [('rate', 'error_rate', '', '', toFloat64(c.outcome IN ('upstream_error', 'timeout', 'tap_error')))], []),
    if(answered, arrayMap(class -> ('rate', concat('error_rate.', class), '', '', toFloat64(c.outcome = 'client_error' AND class_of_error = class)), classes), []),
    if(is_ok AND c.operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens'), [('rate', 'unknown_usage', '', '', toFloat64(c.usage_source = 'none'))], []),
    if(is_ok, [('rate', 'unknown_price', '', '', toFloat64(c.cost_usd IS NULL)),
        ('rate', 'refusals', '', '', toFloat64(hasAny(c.finish_reasons, ['content_filter', 'refusal'])))], []),
    arrayFlatten(arrayMap(check -> arrayMap(of -> ('rate', toString(check), of, '', toFloat64(has(c.fidelity_failed, check))),
        if(c.app = '', [''], ['', toString(c.app)])), c.fidelity_applicable))
) AS m;

-- compatible_from: 1
-- An incident knows up to when calls began that its cost has, so that those of a time without runs are counted by the next one.
ALTER TABLE ai.findings_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS cost_until Nullable(DateTime('UTC'));

ALTER TABLE ai.findings ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS cost_until Nullable(DateTime('UTC'));

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE OR REPLACE VIEW ai.findings_latest ON CLUSTER '{cluster}' AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM ai.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM ai.findings FINAL) AS f
LEFT JOIN (SELECT * FROM ai.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id
SETTINGS join_use_nulls = 0;
