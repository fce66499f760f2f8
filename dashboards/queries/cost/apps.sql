SELECT h.app AS app, {{usd}} AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY app
ORDER BY cost_usd DESC NULLS LAST, app
LIMIT 10
