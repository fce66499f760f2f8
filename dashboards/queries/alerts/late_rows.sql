-- Seconds from the end of a call to its row, the 95th percentile of the rows of the last 15 minutes.
SELECT 'llmtap' AS source, toFloat64(quantile(0.95)(dateDiff('second', c.ts, c.inserted_at) - c.duration_us / 1e6)) AS value
FROM calls AS c
WHERE c.ts > $__toTime - 86400 AND c.inserted_at > $__toTime - 900 AND c.inserted_at <= $__toTime
HAVING value >= 300
