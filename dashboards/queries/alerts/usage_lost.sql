-- Share of good calls that came without token counts.
SELECT c.upstream AS upstream, countIf(c.usage_source = 'none') / count() AS value
FROM calls AS c
WHERE $__timeFilter(c.ts) AND c.outcome = 'ok' AND c.operation != 'embeddings'
GROUP BY upstream
HAVING value >= 0.2 AND count() >= 20
