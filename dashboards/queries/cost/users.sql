SELECT
    user,
    if(sum(without_price) > 0 AND sum(usd) = 0, NULL, toFloat64(sum(usd))) AS cost_usd,
    cost_usd / nullIf(sum(cost_usd) OVER (), 0) AS share,
    argMax(model, usd) AS model,
    argMax(team, n) AS team,
    sum(n) AS calls,
    sum(input) AS input_tokens,
    sum(output) AS output_tokens
FROM (
    SELECT
        h.user_id AS user, h.model AS model, h.team AS team,
        sum(h.cost_usd) AS usd, sum(h.unpriced) AS without_price, sum(h.calls) AS n, sum(h.input_tokens) AS input, sum(h.output_tokens) AS output
    FROM cost_1h AS h
    WHERE {{cost}}
    GROUP BY user, model, team
)
GROUP BY user
ORDER BY cost_usd DESC NULLS LAST, calls DESC, user
LIMIT 50
