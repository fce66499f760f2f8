SELECT h.team AS team, {{usd}} AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY team
ORDER BY cost_usd DESC NULLS LAST, team
LIMIT 10
