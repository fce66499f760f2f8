SELECT h.user_id AS value, if(h.user_id = '', '(unknown)', h.user_id) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.user_id
ORDER BY sum(h.cost_usd) DESC, value
LIMIT 500
