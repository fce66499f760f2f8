SELECT h.team AS team, toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY team
ORDER BY cost_usd DESC, team
LIMIT 10
