-- Spike of a user's cost without a budget: ln of what the last hour, or day, cost against the same user's own active hours, or
-- days, of the week before; median and scaled median deviation, so that the spike itself does not hide it. Who is new has only
-- an absolute limit.
WITH
    {{.Run}} AS run,
    now_spent AS
    (
        SELECT user_id, width, sum(toFloat64(ifNull(cost, 0))) AS spent, sum(calls) AS calls FROM
        (
            SELECT c.user_id AS user_id, 3600 AS width, sum(c.cost_usd) AS cost, count() AS calls
            FROM {{.DB}}.calls AS c WHERE c.ts >= run - INTERVAL 1 HOUR AND c.ts < run AND c.user_id != '' AND {{.InScope "c"}}
            GROUP BY user_id
            UNION ALL
            SELECT c.user_id AS user_id, 86400 AS width, sum(c.cost_usd) AS cost, sum(c.calls) AS calls
            FROM {{.DB}}.cost_1h AS c WHERE c.t >= toStartOfHour(run) - INTERVAL 1 DAY AND c.t < toStartOfHour(run) AND c.user_id != '' AND {{.InScope "c"}}
            GROUP BY user_id
        )
        GROUP BY user_id, width
        HAVING spent > {{.Spike.USDMin}}
    ),
    past AS
    (
        SELECT user_id, width, groupArray(spent) AS amounts, arrayMap(x -> log(x + 0.01), amounts) AS lns,
            arrayReduce('median', lns) AS middle, greatest({{.Spike.Floor}}, 1.4826 * arrayReduce('median', arrayMap(x -> abs(x - middle), lns))) AS scale
        FROM
        (
            SELECT c.user_id AS user_id, width, intDiv(toUInt32(toStartOfHour(run)) - 1 - toUInt32(c.t), width) AS bin, toFloat64(ifNull(sum(c.cost_usd), 0)) AS spent
            FROM {{.DB}}.cost_1h AS c ARRAY JOIN [3600, 86400] AS width
            WHERE c.t >= toStartOfHour(run) - INTERVAL 8 DAY AND c.t < toStartOfHour(run) - toIntervalSecond(width) AND {{.InScope "c"}}
                AND c.user_id IN (SELECT user_id FROM now_spent)
            GROUP BY user_id, width, bin HAVING spent > 0
        )
        GROUP BY user_id, width
    ),
    judged AS
    (
        SELECT n.user_id AS user_id, n.width AS width, n.spent AS spent, n.calls AS calls, length(p.amounts) AS seen,
            if(width = 3600, 24, 5) AS needed, seen < needed AS is_new,
            (log(spent + 0.01) - p.middle) / if(seen = 0, 1, p.scale) AS z, exp(p.middle) - 0.01 AS usual,
            arrayElement(arraySort(p.amounts), greatest(1, toUInt32(ceil(0.99 * seen)))) AS p99
        FROM now_spent AS n LEFT JOIN past AS p ON p.user_id = n.user_id AND p.width = n.width
    ),
    blocks AS
    (
        SELECT c.user_id AS user_id, arraySort(groupArray((c.t, c.y))) AS blocks FROM
        (
            SELECT c.user_id AS user_id, toStartOfInterval(c.ts, INTERVAL 10 MINUTE) AS t, log(toFloat64(ifNull(sum(c.cost_usd), 0)) + 0.01) AS y
            FROM {{.DB}}.calls AS c
            WHERE c.ts >= run - INTERVAL 1 DAY AND c.ts < run
                AND c.user_id IN (SELECT user_id FROM judged WHERE is_new OR z > {{.Spike.Z}})
            GROUP BY user_id, t
        ) AS c
        GROUP BY user_id
    )
SELECT run, 'spike' AS detector, 'cost_spike' AS kind, 'ticket' AS severity, 'user' AS key_kind, j.user_id AS key, 'cost' AS metric,
    '' AS model, '' AS upstream, '' AS app, '' AS team, j.user_id AS user_id, '' AS conversation_id,
    {{.ChangeOf "b.blocks" "run - INTERVAL 1 DAY"}} AS since,
    if(is_new, NULL, usual) AS value_before, spent AS value_after, if(is_new, NULL, spent / usual) AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high,
    {{.Unknown}} AS q_value, if(is_new, NULL, z) AS z_score, calls, toDecimal128(spent, 9) AS cost_usd,
    run - INTERVAL 8 DAY AS baseline_from, run - toIntervalSecond(width) AS baseline_to,
    format('user {} cost {} USD in {} h, usual {}', j.user_id, toString(round(spent, 2)), toString(width / 3600), if(is_new, 'not known yet', toString(round(usual, 2)))) AS message
FROM judged AS j
LEFT JOIN blocks AS b ON b.user_id = j.user_id
WHERE if(is_new, spent > {{.Spike.NewUserUSD}} * if(width = 3600, 1, 4),
    z > {{.Spike.Z}} AND spent > p99 AND spent > {{.Spike.RatioMin}} * usual)
ORDER BY spent DESC
LIMIT 1 BY key
LIMIT {{.FindingsMax}}
