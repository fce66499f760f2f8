SELECT c.upstream AS upstream, countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) / countIf(c.outcome != 'refused') AS value
FROM calls AS c
WHERE $__timeFilter(c.ts)
GROUP BY upstream
HAVING value >= 0.05 AND countIf(c.outcome != 'refused') >= 20 AND countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) >= 5
