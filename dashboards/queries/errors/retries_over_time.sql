SELECT
    $__timeInterval(c.ts) AS time,
    countIf(c.retry > 0) AS retries,
    countIf(c.retry > 0 AND c.outcome = 'ok') AS retries_ok
FROM calls AS c
WHERE {{calls}}
GROUP BY time
ORDER BY time
