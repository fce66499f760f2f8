SELECT h.model AS value, if(h.model = '', '(none)', h.model) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.model
ORDER BY sum(h.calls) DESC, value
LIMIT 500
