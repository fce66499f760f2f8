-- Cached tokens at the difference of the prices that were valid at their hour; the latest of the upstream's own goes before those of all.
SELECT sum(tokens * usd) / 1e6 AS cost_usd
FROM (
    SELECT any(h.tokens) AS tokens, argMax(toFloat64(p.input - p.cache_read), (p.upstream != '', p.valid_from)) AS usd
    FROM (
        SELECT h.t AS t, h.provider AS provider, h.model AS model, h.upstream AS upstream, sum(h.cache_read_tokens) AS tokens
        FROM cost_1h AS h
        WHERE {{cost}}
        GROUP BY t, provider, model, upstream
    ) AS h
    INNER JOIN (
        SELECT provider, model, upstream, valid_from, valid_to, input, cache_read
        FROM prices FINAL
        WHERE input IS NOT NULL AND cache_read IS NOT NULL
    ) AS p ON p.provider = h.provider AND p.model = h.model
    WHERE p.upstream IN ('', h.upstream) AND p.valid_from <= h.t AND (p.valid_to IS NULL OR p.valid_to > h.t)
    GROUP BY h.t, h.provider, h.model, h.upstream
)
