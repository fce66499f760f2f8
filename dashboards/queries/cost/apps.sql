SELECT h.app AS app, toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY app
ORDER BY cost_usd DESC, app
LIMIT 10
