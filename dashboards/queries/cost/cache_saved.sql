-- Cached tokens at the difference of the prices that were valid at their hour; the latest of the upstream's own goes before those of all.
-- Where that one has no price of cached tokens, they cost as much as others. Of cached tokens none of which has a price nothing is known.
SELECT if(sum(tokens) = 0 AND (SELECT sum(h.cache_read_tokens) FROM cost_1h AS h WHERE {{cost}}) > 0, NULL, sum(tokens * usd) / 1e6) AS cost_usd
FROM (
    SELECT any(h.tokens) AS tokens, argMax(ifNull(toFloat64(p.input - p.cache_read), 0), (p.upstream != '', p.valid_from, p.updated_at)) AS usd
    FROM (
        SELECT h.t AS t, h.provider AS provider, h.model AS model, h.upstream AS upstream, sum(h.cache_read_tokens) AS tokens
        FROM cost_1h AS h
        WHERE {{cost}}
        GROUP BY t, provider, model, upstream
    ) AS h
    INNER JOIN (
        SELECT provider, model, upstream, valid_from, valid_to, input, cache_read, updated_at
        FROM prices FINAL
    ) AS p ON p.provider = h.provider AND p.model = h.model
    WHERE p.upstream IN ('', h.upstream) AND p.valid_from <= h.t AND (p.valid_to IS NULL OR p.valid_to > h.t)
    GROUP BY h.t, h.provider, h.model, h.upstream
)
