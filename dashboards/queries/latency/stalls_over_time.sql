SELECT
    {{step}} AS time,
    c.upstream AS upstream,
    countIf(c.max_gap_us > 2000000) / count() AS share
FROM calls AS c
WHERE {{calls}}
    AND c.stream AND c.outcome IN ('ok', 'client_abort', 'timeout')
    AND c.upstream GLOBAL IN ({{top_upstreams}})
GROUP BY time, upstream
ORDER BY time, upstream
