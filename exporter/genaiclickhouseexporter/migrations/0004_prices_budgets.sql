-- compatible_from: 1
-- Prices as they were applied, in US dollars per million tokens; NULL is unknown.
CREATE TABLE IF NOT EXISTS {{.Local "prices"}}{{.OnCluster}}
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
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
ORDER BY (provider, model, upstream, price_version, valid_from);

-- What a user, team or app may spend in a period.
CREATE TABLE IF NOT EXISTS {{.Local "budgets"}}{{.OnCluster}}
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
ENGINE = {{.Engine "ReplacingMergeTree" "updated_at"}}
ORDER BY (scope, key, period, valid_from);

{{.Distributed "prices" "cityHash64(model)"}}

{{.Distributed "budgets" "cityHash64(key)"}}
