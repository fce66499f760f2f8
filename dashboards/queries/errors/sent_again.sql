-- All tries of the requests of which an SDK marked one as a repetition.
SELECT
    c.upstream AS upstream,
    c.model AS model,
    countIf(c.retry > 0) AS retries,
    countIf(c.retry > 0 AND c.outcome = 'ok') AS retries_ok,
    countIf(c.outcome != 'ok') AS wasted,
    sumIf(c.duration_us, c.outcome != 'ok') / 1e6 AS waited,
    sumIf(c.input_tokens, c.outcome != 'ok') AS input_tokens,
    sumIf(c.output_tokens, c.outcome != 'ok') AS output_tokens,
    toFloat64(sumIf(c.cost_usd, c.outcome != 'ok')) AS cost_usd
FROM calls AS c
WHERE {{calls}}
    AND (c.user_id, c.prompt_hash) GLOBAL IN (
        SELECT c.user_id, c.prompt_hash
        FROM calls AS c
        WHERE {{calls}}
            AND c.retry > 0 AND c.prompt_hash != 0
    )
GROUP BY upstream, model
ORDER BY wasted DESC, upstream, model
LIMIT 50
