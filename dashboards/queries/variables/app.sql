SELECT h.app AS value, if(h.app = '', '(none)', h.app) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.app
ORDER BY sum(h.cost_usd) DESC, value
LIMIT 500
