SELECT
    $__timeInterval(c.ts) AS time,
    countIf(c.outcome = 'ok') AS retries_ok,
    countIf(c.outcome != 'ok') AS retries_failed
FROM calls AS c
WHERE {{calls}}
    AND c.retry > 0
GROUP BY time
ORDER BY time
