WITH top AS (
    SELECT h.model
    FROM cost_1h AS h
    WHERE {{cost}}
    GROUP BY h.model
    ORDER BY sum(h.calls) DESC, h.model
    LIMIT 8
)
SELECT
    $__timeInterval(h.t) AS time,
    h.model AS model,
    sum(h.cache_read_tokens) / sum(h.input_tokens) AS cached
FROM cost_1h AS h
WHERE {{cost}}
    AND h.model GLOBAL IN (top)
GROUP BY time, model
HAVING sum(h.input_tokens) > 0
ORDER BY time, model
