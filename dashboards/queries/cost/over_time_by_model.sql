WITH top AS (
    SELECT h.model
    FROM cost_1h AS h
    WHERE {{cost}}
    GROUP BY h.model
    ORDER BY sum(h.cost_usd) DESC, h.model
    LIMIT 8
)
SELECT
    $__timeInterval(h.t) AS time,
    if(h.model GLOBAL IN (top), h.model, '(others)') AS model,
    toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY time, model
ORDER BY time, model
