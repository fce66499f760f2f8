SELECT h.team AS value, if(h.team = '', '(none)', h.team) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.team
ORDER BY sum(h.cost_usd) DESC, value
LIMIT 500
