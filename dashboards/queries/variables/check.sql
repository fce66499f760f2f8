SELECT arrayJoin(mapKeys(p.fidelity_applicable)) AS value, value AS text
FROM perf_1m AS p
WHERE p.t >= toStartOfMinute($__fromTime) AND p.t <= $__toTime
GROUP BY value
ORDER BY value
LIMIT 500
