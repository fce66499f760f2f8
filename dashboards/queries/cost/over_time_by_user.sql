WITH top AS (
    SELECT h.user_id
    FROM cost_1h AS h
    WHERE {{cost}}
    GROUP BY h.user_id
    ORDER BY sum(h.cost_usd) DESC, h.user_id
    LIMIT 8
)
SELECT
    $__timeInterval(h.t) AS time,
    multiIf(h.user_id GLOBAL NOT IN (top), '(others)', h.user_id = '', '(unknown)', h.user_id) AS user,
    toFloat64(sum(h.cost_usd)) AS cost_usd
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY time, user
ORDER BY time, user
