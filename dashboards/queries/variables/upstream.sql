SELECT h.upstream AS value, if(h.upstream = '', '(none)', h.upstream) AS text
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime, 'UTC') AND h.t < $__toTime
GROUP BY h.upstream
ORDER BY sum(h.calls) DESC, value
LIMIT 500
