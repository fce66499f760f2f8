-- Spending of the period that the end of the range lies in.
WITH
    toStartOfHour($__toTime) AS hour,
    toDateTime(toStartOfDay($__toTime)) AS day,
    toDateTime(toMonday($__toTime)) AS week,
    toDateTime(toStartOfMonth($__toTime)) AS month
SELECT
    toString(b.scope) AS scope,
    b.key AS key,
    toString(b.period) AS period,
    toFloat64(b.limit_usd) AS limit_usd,
    toFloat64(multiIf(b.period = 'hour', s.in_hour, b.period = 'day', s.in_day, b.period = 'week', s.in_week, s.in_month)) AS cost_usd,
    limit_usd - cost_usd AS left_usd,
    cost_usd / nullIf(limit_usd, 0) AS used_share,
    if(b.enforced, 'refused', 'reported') AS beyond_it
FROM (
    SELECT *
    FROM budgets FINAL
    WHERE valid_from <= $__toTime AND (valid_to IS NULL OR valid_to > $__toTime)
) AS b
LEFT JOIN (
    SELECT
        arrayJoin([('user', h.user_id), ('team', toString(h.team)), ('app', toString(h.app))]) AS who,
        sumIf(h.cost_usd, h.t >= hour) AS in_hour,
        sumIf(h.cost_usd, h.t >= day) AS in_day,
        sumIf(h.cost_usd, h.t >= week) AS in_week,
        sumIf(h.cost_usd, h.t >= month) AS in_month
    FROM cost_1h AS h
    WHERE h.t >= least(week, month) AND h.t <= $__toTime
    GROUP BY who
) AS s ON s.who.1 = toString(b.scope) AND s.who.2 = b.key
