-- Spending of the period that the end of the range lies in, or now, of those who have a budget.
WITH
    toStartOfHour({{until}}, 'UTC') AS hour,
    toStartOfDay({{until}}, 'UTC') AS day,
    toDateTime(toMonday({{until}}, 'UTC'), 'UTC') AS week,
    toDateTime(toStartOfMonth({{until}}, 'UTC'), 'UTC') AS month,
    valid AS (
        {{valid_budgets}}
    )
SELECT
    toString(b.scope) AS scope,
    b.key AS key,
    toString(b.period) AS period,
    toFloat64(b.limit_usd) AS limit_usd,
    toFloat64(multiIf(b.period = 'hour', s.in_hour, b.period = 'day', s.in_day, b.period = 'week', s.in_week, s.in_month)) AS cost_usd,
    limit_usd - cost_usd AS left_usd,
    cost_usd / nullIf(limit_usd, 0) AS used_share,
    if(b.enforced, 'refused', 'reported') AS beyond_it
FROM valid AS b
LEFT JOIN (
    SELECT
        arrayJoin([('user', user), ('team', team), ('app', app)]) AS who,
        sum(hour_usd) AS in_hour,
        sum(day_usd) AS in_day,
        sum(week_usd) AS in_week,
        sum(month_usd) AS in_month
    FROM (
        SELECT
            h.user_id AS user, toString(h.team) AS team, toString(h.app) AS app,
            sumIf(h.cost_usd, h.t >= hour) AS hour_usd, sumIf(h.cost_usd, h.t >= day) AS day_usd,
            sumIf(h.cost_usd, h.t >= week) AS week_usd, sumIf(h.cost_usd, h.t >= month) AS month_usd
        FROM cost_1h AS h
        WHERE h.t >= least(week, month) AND h.t < {{until}}
            AND (h.user_id IN (SELECT key FROM valid WHERE scope = 'user')
                OR h.team IN (SELECT key FROM valid WHERE scope = 'team')
                OR h.app IN (SELECT key FROM valid WHERE scope = 'app'))
        GROUP BY user, team, app
    )
    GROUP BY who
) AS s ON s.who.1 = toString(b.scope) AND s.who.2 = b.key
