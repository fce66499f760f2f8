-- compatible_from: 1
-- A latency is looked at net of load, too. Only the latest run is kept, so there is nothing to move.
CREATE OR REPLACE TABLE {{.DB}}.residuals_1h{{.OnCluster}}
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
