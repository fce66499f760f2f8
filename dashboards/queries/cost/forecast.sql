-- What the month has cost up to the end of the range, or now if that is to come, and the rest of the month at the pace of the seven days before,
-- which begin with a whole hour: of a part of one the rollup knows nothing.
-- Where calls have been recorded for less than these, it is the pace since the first of any caller, so that the users' forecasts add up.
WITH
    toDateTime(toStartOfMonth({{until}}, 'UTC'), 'UTC') AS month,
    toStartOfHour({{until}}, 'UTC') - 7 * 86400 AS week_before,
    (SELECT min(h.t) FROM cost_1h AS h WHERE h.t >= {{until}} - 31 * 86400 AND h.t < {{until}}) AS first_hour,
    greatest(toInt64(3600), dateDiff('second', greatest(first_hour, week_before), {{until}})) AS paced_seconds,
    toFloat64(sumIf(h.cost_usd, h.t >= month)) AS so_far,
    toFloat64(sumIf(h.cost_usd, h.t >= week_before)) / paced_seconds AS usd_per_second
SELECT if({{usd}} IS NULL, NULL, so_far + usd_per_second * dateDiff('second', {{until}}, addMonths(month, 1))) AS cost_usd
FROM cost_1h AS h
WHERE h.t >= least(toDateTime(toStartOfMonth({{until}}, 'UTC'), 'UTC'), toStartOfHour({{until}}, 'UTC') - 7 * 86400) AND h.t < {{until}}
    AND {{cost_callers}}
