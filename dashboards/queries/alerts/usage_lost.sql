-- Share of good calls that came without token counts, of those that make a model write: others may have none.
SELECT c.upstream AS upstream, countIf(c.usage_source = 'none') / count() AS value
FROM calls AS c
WHERE $__timeFilter(c.ts) AND c.outcome = 'ok' AND c.operation IN ('chat', 'text_completion', 'generate_content', 'compact')
GROUP BY upstream
HAVING value >= 0.2 AND count() >= 20
