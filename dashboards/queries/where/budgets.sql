-- Spending of the period that the end of the range lies in, or now, of those who have a budget.
WITH
    toStartOfHour({{until}}, 'UTC') AS hour,
    toStartOfDay({{until}}, 'UTC') AS day,
    toDateTime(toMonday({{until}}, 'UTC'), 'UTC') AS week,
    toDateTime(toStartOfMonth({{until}}, 'UTC'), 'UTC') AS month,
    indexOf(['hour', 'day', 'week', 'month'], toString(b.period)) AS place,
    valid AS (
        {{valid_budgets}}
    )
SELECT
    toString(b.scope) AS scope,
    b.key AS key,
    toString(b.period) AS period,
    toFloat64(b.limit_usd) AS limit_usd,
    if(s.without_price[place] > 0 AND s.usd[place] = 0, NULL, toFloat64(s.usd[place])) AS cost_usd,
    limit_usd - cost_usd AS left_usd,
    cost_usd / nullIf(limit_usd, 0) AS used_share,
    if(b.enforced, 'refused', 'reported') AS beyond_it
FROM valid AS b
LEFT JOIN (
    SELECT
        arrayJoin([('user', user), ('team', team), ('app', app)]) AS who,
        sumForEach(usd) AS usd,
        sumForEach(without_price) AS without_price
    FROM (
        SELECT
            h.user_id AS user, toString(h.team) AS team, toString(h.app) AS app,
            [sumIf(h.cost_usd, h.t >= hour), sumIf(h.cost_usd, h.t >= day), sumIf(h.cost_usd, h.t >= week), sumIf(h.cost_usd, h.t >= month)] AS usd,
            [sumIf(h.unpriced, h.t >= hour), sumIf(h.unpriced, h.t >= day), sumIf(h.unpriced, h.t >= week), sumIf(h.unpriced, h.t >= month)] AS without_price
        FROM cost_1h AS h
        WHERE h.t >= least(week, month) AND h.t < {{until}}
            AND (h.user_id GLOBAL IN (SELECT key FROM valid WHERE scope = 'user')
                OR h.team GLOBAL IN (SELECT key FROM valid WHERE scope = 'team')
                OR h.app GLOBAL IN (SELECT key FROM valid WHERE scope = 'app'))
        GROUP BY user, team, app
    )
    GROUP BY who
) AS s ON s.who.1 = toString(b.scope) AND s.who.2 = b.key
