-- Bins of a quarter of a decade, from 10 ms to 100 s.
SELECT
    $__timeInterval(c.ts) AS time,
    toString(round(exp10(ceil(least(greatest(log10(c.ttfc_us / 1e6), -2), 2) * 4) / 4), 3)) AS le,
    count() AS calls
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok' AND c.stream AND c.ttfc_us > 0
GROUP BY time, le
ORDER BY time, toFloat64(le)
