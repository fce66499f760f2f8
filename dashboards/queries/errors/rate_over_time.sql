SELECT time, upstream, sumIf(n, outcome IN ('upstream_error', 'timeout', 'tap_error')) / sumIf(n, outcome != 'refused') AS share
FROM (
    SELECT {{step}} AS time, c.upstream AS upstream, c.outcome AS outcome, count() AS n
    FROM calls AS c
    WHERE {{calls}}
        AND c.upstream GLOBAL IN ({{top_upstreams}})
    GROUP BY time, upstream, outcome
)
GROUP BY time, upstream
ORDER BY time, upstream
