SELECT h.environment AS value, if(h.environment = '', '(none)', h.environment) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.environment
ORDER BY sum(h.calls) DESC, value
LIMIT 500
