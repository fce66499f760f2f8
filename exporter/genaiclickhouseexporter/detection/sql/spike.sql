-- Spike of a user's cost without a budget: ln of what the last hour, six hours and day cost against the same user's own of the
-- week before; median and scaled median deviation, so that the spike itself does not hide it. The same of the ratio to what all
-- others cost then, which nights and weekends leave as it is: the one that shows more counts. Who is new has only an absolute
-- limit. Only users who spent enough in a day are looked at, and of these the dearest. What recurs is no spike: jobs of each night or
-- each Monday are compared with those at that time before, too.
WITH
    {{.Run}} AS run,
    toStartOfHour(run) AS this_hour,
    looping AS
    (
        SELECT conversation_id, user_id, app FROM {{.DB}}.findings FINAL
        WHERE kind IN ('loop', 'context_growth') AND opened_at <= run AND (state = 'open' OR closed_at > run - INTERVAL 1 DAY)
    ),
    -- since how many hours an open incident lasts, whose spending is at stake, and of a known user not usual; a closed one had its money counted, so the windows that
    -- reach back to it tell nothing new
    (
        SELECT (mapFromArrays(groupArray(user_id), groupArray(hours)), mapFromArrays(groupArrayIf(user_id, known), groupArrayIf(hours, known))) FROM
        (
            SELECT user_id, value_before IS NOT NULL AS known, intDiv(toUInt32(this_hour) - toUInt32(least(since, assumeNotNull(baseline_to))) + 3599, 3600) + 1 AS hours FROM {{.DB}}.findings FINAL
            WHERE kind = 'cost_spike' AND state = 'open' AND opened_at > run - toIntervalSecond({{.Seconds .Freeze}}) AND opened_at <= run
        )
    ) AS lasting,
    (
        SELECT mapFromArrays(groupArray(user_id), groupArray(over_at)) FROM
        (SELECT user_id, max(closed_at) AS over_at FROM {{.DB}}.findings FINAL WHERE kind = 'cost_spike' AND state = 'closed' AND closed_at > run - INTERVAL 1 DAY AND closed_at <= run GROUP BY user_id)
    ) AS over,
    -- by hours before this one, which is 0 and not over; the last sixty minutes are -1
    spent AS
    (
        SELECT user_id, bin, sum(cost) AS cost, sum(calls) AS calls
        FROM
        (
            SELECT c.user_id AS user_id, toInt32(intDiv(toUInt32(this_hour) - toUInt32(c.t), 3600)) AS bin, toFloat64(c.cost_usd) AS cost, c.calls AS calls
            FROM {{.DB}}.cost_1h AS c
            WHERE c.t >= this_hour - INTERVAL 8 DAY AND c.t < this_hour AND {{.InScope "c"}}
            UNION ALL
            -- what a loop costs is that incident's
            SELECT c.user_id AS user_id, toInt32(intDiv(toUInt32(this_hour) - toUInt32(toStartOfHour(c.ts)), 3600)) AS bin, -toFloat64(ifNull(c.cost_usd, 0)) AS cost, 0 AS calls
            FROM {{.DB}}.calls AS c
            WHERE c.ts >= this_hour - INTERVAL 1 DAY AND c.ts < this_hour AND (c.conversation_id, c.user_id, c.app) GLOBAL IN (SELECT conversation_id, user_id, app FROM looping) AND {{.InScope "c"}}
            UNION ALL
            SELECT c.user_id AS user_id, bin, toFloat64(ifNull(c.cost_usd, 0)) AS cost, 1 AS calls
            FROM {{.DB}}.calls AS c ARRAY JOIN [0, -1] AS bin
            WHERE c.ts >= run - INTERVAL 1 HOUR AND c.ts < run AND (bin = -1 OR c.ts >= this_hour)
                AND (c.conversation_id, c.user_id, c.app) GLOBAL NOT IN (SELECT conversation_id, user_id, app FROM looping) AND {{.InScope "c"}}
        )
        WHERE user_id != '' AND user_id GLOBAL IN
        (
            SELECT c.user_id FROM {{.DB}}.cost_1h AS c WHERE c.t >= this_hour - INTERVAL 1 DAY AND c.t <= this_hour
            GROUP BY c.user_id HAVING sum(c.cost_usd) > {{.Spike.USDMin}} ORDER BY sum(c.cost_usd) DESC, c.user_id LIMIT {{.Spike.UsersMax}}
        )
        GROUP BY user_id, bin
    ),
    windows AS
    (
        SELECT s.user_id AS user_id, width, if(width = 1, s.bin, intDiv(s.bin, width)) AS win, win = if(width = 1, -1, 0) AS is_now, sum(s.cost) AS cost, sum(s.calls) AS calls,
            sumIf(s.cost, width = 24 AND s.bin < lasting.1[s.user_id]) AS lasting_cost, sumIf(s.calls, width = 24 AND s.bin < lasting.1[s.user_id]) AS lasting_calls
        FROM spent AS s ARRAY JOIN [1, 6, 24] AS width
        WHERE s.bin < 192 AND (width = 1 AND s.bin NOT IN (0, 1) OR width > 1 AND s.bin >= 0)
        GROUP BY user_id, width, win
        HAVING cost > 0
    ),
    compared AS
    (
        SELECT *, log(cost + 0.01) AS ln, ln - log(greatest(sum(cost) OVER (PARTITION BY width, win) - cost, 0) + 0.01) AS ratio, NOT is_now AND win * width >= lasting.2[user_id] AS is_usual,
            if(width = 1, win % 24 IN (23, 0, 1), win % if(width = 24, 7, intDiv(24, width)) = 0) AS at_that_time
        FROM windows
    ),
    users AS
    (
        SELECT w.user_id AS user_id, w.width AS width, sumIf(w.cost, w.is_now) AS spent, sumIf(w.calls, w.is_now) AS calls, sum(w.lasting_cost) AS cost_since, sum(w.lasting_calls) AS calls_since,
            arraySort(groupArrayIf(w.cost, w.is_usual)) AS amounts, length(amounts) AS seen, arrayMap(x -> log(x + 0.01), amounts) AS lns,
            if(seen = 0, 0, arrayElement(lns, intDiv(seen + 1, 2))) AS middle,
            greatest({{.Spike.Floor}}, 1.4826 * arrayElement(arrayPushBack(arraySort(arrayMap(x -> abs(x - middle), lns)), 0), intDiv(seen, 2) + 1)) AS scale,
            arraySort(groupArrayIf(w.ratio, w.is_usual)) AS ratios, if(seen = 0, 0, arrayElement(ratios, intDiv(seen + 1, 2))) AS ratio_middle,
            greatest({{.Spike.Floor}}, 1.4826 * arrayElement(arrayPushBack(arraySort(arrayMap(x -> abs(x - ratio_middle), ratios)), 0), intDiv(seen, 2) + 1)) AS ratio_scale,
            if(seen = 0, 0, arrayElement(amounts, greatest(1, toUInt32(ceil(0.99 * seen))))) AS p99, maxIf(w.cost, w.is_usual AND w.at_that_time) AS recurring,
            log(spent + 0.01) AS now, sumIf(w.ratio, w.is_now) AS ratio_now, (now - middle) / scale AS z_own, (ratio_now - ratio_middle) / ratio_scale AS z_ratio,
            -- that all others stopped does not make less usual than the user ever spent
            greatest(z_own, z_ratio) AS z, greatest(exp(if(z_ratio > z_own, now - ratio_now + ratio_middle, middle)) - 0.01, amounts[1]) AS usual,
            seen >= multiIf(width = 1, 24, width = 6, 12, 5) AS is_known
        FROM compared AS w
        GROUP BY user_id, width
    ),
    judged AS
    (
        SELECT *, max(is_known) OVER of_user = 0 AS is_new, greatest(spent, max(cost_since) OVER of_user) AS at_stake, greatest(calls, max(calls_since) OVER of_user) AS calls_at_stake FROM users
        WINDOW of_user AS (PARTITION BY user_id)
    )
SELECT run, 'spike' AS detector, 'cost_spike' AS kind, 'ticket' AS severity, 'user' AS key_kind, user_id AS key, 'cost' AS metric,
    '' AS model, '' AS upstream, '' AS app, '' AS team, user_id, '' AS conversation_id, run - toIntervalHour(width) AS since,
    if(is_new, NULL, usual) AS value_before, spent AS value_after, if(is_new, NULL, spent / usual) AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high,
    {{.Unknown}} AS q_value, if(is_new, NULL, z) AS z_score, calls_at_stake AS calls, toDecimal128(at_stake, 9) AS cost_usd,
    run - INTERVAL 8 DAY AS baseline_from, since AS baseline_to,
    format('user {} cost {} USD in {} h, usual {}', user_id, toString(round(spent, 2)), toString(width), if(is_new, 'not known yet', toString(round(usual, 2)))) AS message, CAST([], 'Array(UUID)') AS example_calls
FROM judged
WHERE (width = 1 OR ifNull(over[user_id], toDateTime(0, 'UTC')) <= since) AND if(is_new, width != 6 AND spent > {{.Spike.NewUserUSD}} * if(width = 1, 1, 4),
    is_known AND spent > {{.Spike.USDMin}} AND z > {{.Spike.Z}} AND spent > p99 AND spent > {{.Spike.OverPast}} * recurring AND spent > {{.Spike.RatioMin}} * usual)
ORDER BY {{.OpenFirst}}, spent / greatest(usual, 0.01) DESC, spent DESC
LIMIT 1 BY key
LIMIT {{.FindingsMax}}
