-- Burn rate: what a user, team or app spends, against the budget of its own, in a long and a short window at once, so that
-- neither a blip nor what is over alarms. No window of the budget's period or shorter asks for more than the whole of it.
WITH
    {{.Run}} AS run,
    limits AS
    (
        SELECT toString(b.scope) AS scope, b.key AS key, toFloat64(b.limit_usd) AS limit_usd,
            multiIf(b.period = 'hour', 3600, b.period = 'day', 86400, b.period = 'week', 604800, 2592000) AS period
        FROM
        (
            -- one that has no end is over when the next begins
            SELECT * FROM {{.DB}}.budgets FINAL WHERE valid_from <= run AND (valid_to IS NULL OR valid_to > run)
            ORDER BY valid_from DESC LIMIT 1 BY scope, key, period
        ) AS b
        WHERE b.limit_usd > 0
    ),
    spent AS
    (
        SELECT who.1 AS scope, who.2 AS key,
            sumIf(toFloat64(cost), t >= run - INTERVAL 5 MINUTE) AS m5, sumIf(toFloat64(cost), t >= run - INTERVAL 30 MINUTE) AS m30,
            sumIf(toFloat64(cost), t >= run - INTERVAL 1 HOUR) AS h1, sumIf(toFloat64(cost), t >= run - INTERVAL 6 HOUR) AS h6,
            sum(toFloat64(cost)) AS d3,
            mapFromArrays([3600, 21600, 259200], [sumIf(calls, t >= run - INTERVAL 1 HOUR), sumIf(calls, t >= run - INTERVAL 6 HOUR), sum(calls)]) AS calls_in,
            mapFromArrays([3600, 21600, 259200], [minIf(t, t >= run - INTERVAL 1 HOUR), minIf(t, t >= run - INTERVAL 6 HOUR), min(t)]) AS first_in
        FROM
        (
            SELECT toDateTime(c.ts) AS t, c.user_id AS user_id, c.team AS team, c.app AS app, ifNull(c.cost_usd, 0) AS cost, 1 AS calls
            FROM {{.DB}}.calls AS c WHERE c.ts >= toStartOfHour(run) - INTERVAL 6 HOUR AND c.ts < run AND {{.InScope "c"}}
            UNION ALL
            SELECT c.t AS t, c.user_id AS user_id, c.team AS team, c.app AS app, c.cost_usd AS cost, c.calls AS calls
            FROM {{.DB}}.cost_1h AS c WHERE c.t >= run - INTERVAL 3 DAY AND c.t < toStartOfHour(run) - INTERVAL 6 HOUR AND {{.InScope "c"}}
        )
        ARRAY JOIN [('user', user_id), ('team', toString(team)), ('app', toString(app))] AS who
        WHERE who IN (SELECT scope, key FROM limits)
        GROUP BY scope, key
    ),
    rules AS
    (
        SELECT rule.1 AS severity, rule.2 AS factor, rule.3 AS long, rule.4 AS short
        FROM (SELECT arrayJoin([('page', {{.Burn.PageFast}}, 3600, 300), ('page', {{.Burn.PageSlow}}, 21600, 1800), ('ticket', {{.Burn.Ticket}}, 259200, 21600)]) AS rule)
    ),
    rated AS
    (
        SELECT s.scope AS scope, s.key AS key, s.calls_in[r.long] AS calls, s.first_in[r.long] AS first, l.limit_usd AS limit_usd, l.period AS period, r.severity AS severity, r.long AS long,
            if(r.long > l.period, r.factor, least(r.factor, l.period / r.long)) AS factor,
            multiIf(long = 3600, s.h1, long = 21600, s.h6, s.d3) AS in_long,
            in_long / long / (l.limit_usd / l.period) AS burn,
            multiIf(r.short = 300, s.m5, r.short = 1800, s.m30, s.h6) / r.short / (l.limit_usd / l.period) AS burn_short
        FROM spent AS s INNER JOIN limits AS l ON l.scope = s.scope AND l.key = s.key CROSS JOIN rules AS r
        WHERE burn >= factor AND burn_short >= factor
    )
SELECT run, 'burn' AS detector, 'burn_rate' AS kind, severity, scope AS key_kind, key, 'cost' AS metric,
    '' AS model, '' AS upstream, if(scope = 'app', key, '') AS app, if(scope = 'team', key, '') AS team, if(scope = 'user', key, '') AS user_id, '' AS conversation_id,
    first AS since, limit_usd / period * long AS value_before, in_long AS value_after, burn AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high,
    {{.Unknown}} AS q_value, {{.Unknown}} AS z_score, calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, CAST(NULL, 'Nullable(DateTime)') AS baseline_from, CAST(NULL, 'Nullable(DateTime)') AS baseline_to,
    format('{} {} burns its budget {} times as fast as it may', scope, key, toString(round(burn, 1))) AS message, CAST([], 'Array(UUID)') AS example_calls
FROM rated
ORDER BY severity = 'page' DESC, {{.OpenFirst}}, burn DESC
LIMIT 1 BY key_kind, key
LIMIT {{.FindingsMax}}
