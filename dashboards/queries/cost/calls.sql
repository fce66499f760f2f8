SELECT
    toString(c.call_id) AS call,
    toFloat64(c.cost_usd) AS cost_usd,
    c.user_id AS user,
    c.model AS model,
    c.input_tokens AS input_tokens,
    c.output_tokens AS output_tokens,
    c.ts AS time,
    toString(c.outcome) AS outcome
FROM calls AS c
WHERE {{calls}}
    AND c.cost_usd > 0
ORDER BY c.cost_usd DESC, c.ts
LIMIT 20
