-- compatible_from: 1
-- Bodies, only where the configuration asks for them. Apart from the calls, because bodies in the row make sorting and
-- merging run out of memory; by conversation, because each turn repeats the last and compresses against it.
CREATE TABLE IF NOT EXISTS {{.Local "content"}}{{.OnCluster}}
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
ENGINE = {{.Engine "MergeTree"}}
PARTITION BY toDate(ts)
ORDER BY (conversation_id, ts)
{{.TTL "content" "toDateTime(ts)"}}
SETTINGS ttl_only_drop_parts = 1, index_granularity = 256, index_granularity_bytes = '64Mi',
    max_compress_block_size = 4194304, {{.Deduplication}};

{{.Distributed "content" "cityHash64(call_id)"}}
