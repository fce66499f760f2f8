-- compatible_from: 1
-- Calls that were passed on and not recorded, so that who explains a bill knows what it misses. One row per span that tells of
-- them, which may be sent again and is then the same row (FINAL).
CREATE TABLE IF NOT EXISTS {{.Local "unrecorded"}}{{.OnCluster}}
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
ENGINE = {{.Engine "ReplacingMergeTree"}}
PARTITION BY toYYYYMM(ts)
ORDER BY (ts, id)
{{.TTL "unrecorded" "toDateTime(ts)"}}
SETTINGS ttl_only_drop_parts = 1, {{.Deduplication}};

{{.Distributed "unrecorded" "cityHash64(id)"}}
