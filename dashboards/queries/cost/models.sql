SELECT h.model AS model, {{usd}} AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY model
ORDER BY cost_usd DESC NULLS LAST, model
LIMIT 10
