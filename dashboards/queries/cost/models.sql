SELECT h.model AS model, toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY model
ORDER BY cost_usd DESC, model
LIMIT 10
