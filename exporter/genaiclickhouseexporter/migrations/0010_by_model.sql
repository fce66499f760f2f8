-- compatible_from: 1
-- Calls by the hour without callers, for questions over weeks. A projection is part of the table: it holds what the rows hold
-- through repeated inserts, repairs and new prices. ClickHouse takes it for any query that needs only these expressions, so
-- one that asks for toStartOfHour(ts) and not for ts. A sketch is within 1 % of the quantile.
ALTER TABLE {{.Local "calls"}}{{.OnCluster}} MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';

ALTER TABLE {{.Local "calls"}}{{.OnCluster}} ADD PROJECTION IF NOT EXISTS by_model
(
    SELECT toStartOfHour(ts), provider, upstream, model, app, environment, outcome, stream,
        count(), countIf(cost_usd IS NULL), countIf(usage_source = 'none'), countIf(max_gap_us > 2000000),
        sum(cost_usd), sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(reasoning_tokens), sum(duration_us),
        quantilesDD(0.01, 0.5, 0.95, 0.99)(duration_us), quantilesDDIf(0.01, 0.5, 0.95, 0.99)(ttfc_us, ttfc_us > 0)
    GROUP BY toStartOfHour(ts), provider, upstream, model, app, environment, outcome, stream
);

ALTER TABLE {{.Local "calls"}}{{.OnCluster}} MATERIALIZE PROJECTION by_model;
