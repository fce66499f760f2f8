-- How many times faster than its budget allows, over the last six hours and over the last thirty minutes.
SELECT scope, key, period, toFloat64(least(hours_rate, minutes_rate)) AS value
FROM (
    SELECT
        toString(b.scope) AS scope,
        b.key AS key,
        toString(b.period) AS period,
        toFloat64(b.limit_usd) / if(b.period = 'week', 7 * 24, 30 * 24) AS usd_per_hour,
        toFloat64(s.in_long) / 6 / usd_per_hour AS hours_rate,
        toFloat64(s.in_short) * 2 / usd_per_hour AS minutes_rate
    FROM (
        {{valid_budgets}}
    ) AS b
    INNER JOIN (
        SELECT
            arrayJoin([('user', c.user_id), ('team', toString(c.team)), ('app', toString(c.app))]) AS who,
            sum(c.cost_usd) AS in_long,
            ifNull(sumIf(c.cost_usd, c.ts >= $__toTime - 1800), 0) AS in_short
        FROM calls AS c
        WHERE c.ts >= $__toTime - 21600 AND c.ts <= $__toTime
        GROUP BY who
    ) AS s ON s.who.1 = toString(b.scope) AND s.who.2 = b.key
    WHERE b.limit_usd > 0 AND b.period IN ('week', 'month')
)
WHERE value >= 6
ORDER BY scope, key, period
