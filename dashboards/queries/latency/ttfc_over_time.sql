SELECT
    time,
    q[1] / 1e6 AS p50,
    q[2] / 1e6 AS p95,
    q[3] / 1e6 AS p99
FROM (
    SELECT $__timeInterval(c.ts) AS time, quantiles(0.5, 0.95, 0.99)(c.ttfc_us) AS q
    FROM calls AS c
    WHERE {{calls}}
        AND c.outcome = 'ok' AND c.stream AND c.ttfc_us > 0
    GROUP BY time
)
ORDER BY time
