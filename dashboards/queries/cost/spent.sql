SELECT {{usd}} AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
