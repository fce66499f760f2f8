-- No call at all in the last 15 minutes, after at least 60 in the hour before, where calls did not end so on a day of the week before: that a
-- batch is done each day is no failure, nor that it had fewer calls then, or was done half an hour earlier. While calls arrive, the week is not read.
SELECT 'llmtap' AS source, toFloat64(sum(before)) AS value
FROM (
    SELECT
        intDiv(dateDiff('second', c.ts, $__toTime) AS age, 86400) AS day,
        countIf(age % 86400 >= 900) AS before,
        countIf(age % 86400 < 900) AS after
    FROM calls AS c
    WHERE c.ts > $__toTime - 8 * 86400 AND c.ts <= $__toTime AND age % 86400 < if(day = 0, 4500, 6300)
        AND (SELECT count() FROM calls AS l WHERE l.ts > $__toTime - 900 AND l.ts <= $__toTime) = 0
    GROUP BY day
    HAVING before >= 60 AND after = 0
)
HAVING count() = 1 AND max(day) = 0
