-- Cached tokens at the difference of the prices that were valid at their hour.
SELECT toFloat64(sum(h.cache_read_tokens * (p.input - p.cache_read))) / 1e6 AS cost_usd
FROM cost_1h AS h
INNER JOIN (
    SELECT provider, model, upstream, valid_from, valid_to, input, cache_read
    FROM prices FINAL
    WHERE input IS NOT NULL AND cache_read IS NOT NULL
) AS p ON p.provider = h.provider AND p.model = h.model
WHERE p.upstream IN ('', h.upstream) AND p.valid_from <= h.t AND (p.valid_to IS NULL OR p.valid_to > h.t)
    AND {{cost}}
