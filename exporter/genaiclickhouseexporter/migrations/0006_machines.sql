-- compatible_from: 1
-- What machines with a price by the hour cost, and how much of it no call had in flight. llmtapctl reprice fills it.
CREATE TABLE IF NOT EXISTS {{.Local "machine_1h"}}{{.OnCluster}}
(
    t             DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    upstream      LowCardinality(String),
    cost_usd      Decimal(38, 9),
    calls_usd     Decimal(38, 9),
    idle_usd      Decimal(38, 9),
    price_version LowCardinality(String),
    updated_at    DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
ORDER BY (t, upstream);

{{.Distributed "machine_1h" "cityHash64(upstream)"}}
