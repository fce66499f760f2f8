-- No call at all in the last 15 minutes, after at least 60 in the hour before.
SELECT 'llmtap' AS source, toFloat64(countIf(c.ts <= $__toTime - 900)) AS value
FROM calls AS c
WHERE c.ts > $__toTime - 4500 AND c.ts <= $__toTime
HAVING value >= 60 AND countIf(c.ts > $__toTime - 900) = 0
