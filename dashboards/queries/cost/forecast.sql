-- What the month has cost up to the end of the range, and the rest of the month at the pace of the seven days before.
WITH
    toStartOfMonth($__toTime) AS month,
    least(7 * 86400, greatest(3600, dateDiff('second', min(h.t), $__toTime))) AS paced_seconds,
    toFloat64(sumIf(h.cost_usd, h.t >= month)) AS so_far,
    toFloat64(sumIf(h.cost_usd, h.t >= $__toTime - toIntervalDay(7))) / paced_seconds AS usd_per_second
SELECT so_far + usd_per_second * dateDiff('second', $__toTime, toDateTime(addMonths(month, 1))) AS cost_usd
FROM cost_1h AS h
WHERE h.t >= least(toDateTime(toStartOfMonth($__toTime)), $__toTime - toIntervalDay(7)) AND h.t <= $__toTime
    AND {{cost_callers}}
