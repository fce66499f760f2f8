SELECT
    h.user_id AS user,
    toFloat64(sum(h.cost_usd)) AS cost_usd,
    cost_usd / nullIf(sum(cost_usd) OVER (), 0) AS share,
    topKWeighted(1)(h.model, toUInt64(h.cost_usd * 1e6))[1] AS model,
    topKWeighted(1)(h.team, h.calls)[1] AS team,
    sum(h.calls) AS calls,
    sum(h.input_tokens) AS input_tokens,
    sum(h.output_tokens) AS output_tokens
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY user
ORDER BY cost_usd DESC, calls DESC, user
LIMIT 50
