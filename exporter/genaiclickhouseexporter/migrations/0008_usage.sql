-- compatible_from: 1
-- Parts of the usage that have prices of their own: cache writes kept for an hour, sound from the cache, and how long the
-- sound in the input plays, in microseconds; 0 is unknown.
ALTER TABLE {{.Local "calls"}}{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER image_output_tokens,
    ADD COLUMN IF NOT EXISTS audio_cache_read_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER cache_write_1h_tokens,
    ADD COLUMN IF NOT EXISTS audio_input_us UInt64 CODEC(T64, ZSTD(1)) AFTER audio_cache_read_tokens;

{{if .OnCluster}}ALTER TABLE {{.DB}}.calls{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS cache_write_1h_tokens Nullable(UInt32) AFTER image_output_tokens,
    ADD COLUMN IF NOT EXISTS audio_cache_read_tokens Nullable(UInt32) AFTER cache_write_1h_tokens,
    ADD COLUMN IF NOT EXISTS audio_input_us UInt64 AFTER audio_cache_read_tokens;{{end}}
