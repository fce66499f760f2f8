SELECT
    $__timeInterval(c.ts) AS time,
    c.upstream AS upstream,
    countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) / count() AS share
FROM calls AS c
WHERE {{calls}}
    AND c.upstream IN ({{top_upstreams}})
GROUP BY time, upstream
ORDER BY time, upstream
