SELECT toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
