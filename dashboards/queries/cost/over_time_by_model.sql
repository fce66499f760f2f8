SELECT
    $__timeInterval(h.t) AS time,
    h.model AS model,
    toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY time, model
ORDER BY time, model
