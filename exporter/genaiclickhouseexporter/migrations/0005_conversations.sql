-- compatible_from: 1
-- How far a call's conversation has come, and how much of its input was sent before; NULL is unknown.
ALTER TABLE {{.Local "calls"}}{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS conversation_turn UInt16 CODEC(T64, ZSTD(1)) AFTER conversation_derived,
    ADD COLUMN IF NOT EXISTS history_tokens Nullable(UInt32) CODEC(T64, ZSTD(1)) AFTER conversation_turn;

{{if .OnCluster}}ALTER TABLE {{.DB}}.calls{{.OnCluster}}
    ADD COLUMN IF NOT EXISTS conversation_turn UInt16 AFTER conversation_derived,
    ADD COLUMN IF NOT EXISTS history_tokens Nullable(UInt32) AFTER conversation_turn;{{end}}
