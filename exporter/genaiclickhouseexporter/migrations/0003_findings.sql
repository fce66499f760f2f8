-- compatible_from: 1
-- One row per incident, written again while it is open: the row with the latest updated_at counts (FINAL).
CREATE TABLE IF NOT EXISTS {{.Local "findings"}}{{.OnCluster}}
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
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
PARTITION BY toYYYYMM(since)
ORDER BY (kind, key_kind, key, metric, finding_id);

{{.Distributed "findings" "cityHash64(finding_id)"}}
