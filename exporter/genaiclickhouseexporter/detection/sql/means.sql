-- Not a detector: what the mean of an hour is above what was usual at that hour of the day. The hours of the weeks before are
-- compared in the same way, and tell the detectors how far such a mean strays when nothing has changed. The unit is the block of
-- ten minutes, never the call: the calls of a block share its load.
WITH
    {{.Run}} AS run,
    frozen AS ({{.Frozen "regression"}}),
    recovered AS ({{.Recovered "regression"}}),
{{template "levels.sql" .}},
    -- hours by their age; a block of many calls weighs at most as much as it shares one load
    hours AS
    (
        SELECT l.metric AS metric, l.model AS model, l.upstream AS upstream, toInt32(intDiv(toUInt32(run) - 1 - toUInt32(l.t), 3600)) AS age,
            count() AS blocks, sum(l.calls) AS calls, sum(l.n / (l.n + {{.LoadCalls}})) AS w, sum(l.y * l.n / (l.n + {{.LoadCalls}})) / sum(l.n / (l.n + {{.LoadCalls}})) AS a,
            avg(l.plain) AS plain, if(any(f.since) > 0, intDiv(toUInt32(run) - toUInt32(any(f.since)) + 3599, 3600), 0) AS frozen_age
        FROM levels AS l LEFT JOIN frozen AS f ON f.metric = l.metric AND f.model = l.model AND f.upstream = l.upstream
            LEFT JOIN recovered AS o ON o.metric = l.metric AND o.model = l.model AND o.upstream = l.upstream
        WHERE NOT (l.t >= o.since AND l.t < o.until)
        GROUP BY metric, model, upstream, age
    ),
    compared AS
    (
        SELECT *, a - sum(usable * w * a) OVER same_hours / sum(usable * w) OVER same_hours AS above, sum(usable) OVER same_hours AS days
        FROM (SELECT *, age >= frozen_age AS usable FROM hours)
        WINDOW same_hours AS (PARTITION BY metric, model, upstream, age % 24
            ORDER BY age RANGE BETWEEN 24 * {{.GapDays}} FOLLOWING AND 24 * ({{.GapDays}} + {{.UsualDays}} - 1) FOLLOWING)
    ),
    weeks AS
    (
        SELECT *, avgIf(above, usable) OVER weeks_before AS weekly, countIf(usable) OVER weeks_before AS of_weeks,
            sumIf(above, usable) OVER week_before AS last_week, countIf(usable) OVER week_before AS has_last
        FROM compared
        WHERE days >= 2
        WINDOW weeks_before AS (PARTITION BY metric, model, upstream, age % 168 ORDER BY age RANGE BETWEEN 168 FOLLOWING AND 336 FOLLOWING),
            week_before AS (PARTITION BY metric, model, upstream, age % 168 ORDER BY age RANGE BETWEEN 168 FOLLOWING AND 168 FOLLOWING)
    ),
    repeating AS
    (
        SELECT *, sumIf(w * above * last_week, repeats) OVER of_series AS both, sumIf(w * above * above, repeats) OVER of_series AS of_this,
            sumIf(w * last_week * last_week, repeats) OVER of_series AS of_last, countIf(repeats) OVER of_series AS hours_repeated
        FROM (SELECT *, usable AND has_last > 0 AND age >= 24 * {{.GapDays}} AS repeats FROM weeks)
        WINDOW of_series AS (PARTITION BY metric, model, upstream)
    ),
    -- of what the same hours of the weeks before were above the usual, as much is expected again as repeats from week to week
    residuals AS
    (
        SELECT metric, model, upstream, age, frozen_age, days, blocks, calls, w, plain, above - if(of_weeks > 0, weekly * of_weeks * rho / (1 + (of_weeks - 1) * rho), 0) AS e
        FROM (SELECT *, if(hours_repeated >= 120 AND both > 0, both / sqrt(of_this * of_last), 0) AS rho FROM repeating)
    ),
    -- what load adds to the time to first chunk it adds to the time per output token too; x is by how much the one of the two that e is
    -- not of, its companion, is above the usual
    paired AS
    (
        SELECT *, sumIf(w * e * x, explains) OVER of_series AS xy, sumIf(w * x * x, explains) OVER of_series AS xx, sumIf(w, explains) OVER of_series AS ww, countIf(explains) OVER of_series AS hours_paired FROM
        (
            SELECT *, multiIf(metric = 'time_to_first_chunk', anyIf(toNullable(e), metric = 'time_per_output_token') OVER of_hour,
                    metric = 'time_per_output_token', anyIf(toNullable(e), metric = 'time_to_first_chunk') OVER of_hour, NULL) AS x,
                x IS NOT NULL AND age >= greatest({{.StepHours}}, max(frozen_age) OVER of_hour) AS explains
            FROM residuals
            WINDOW of_hour AS (PARTITION BY model, upstream, age)
        )
        WINDOW of_series AS (PARTITION BY metric, model, upstream)
    )
-- a latency is a second series, net of what its companion explains, in which load hides no step of the one; load is in deviations of x
SELECT run, metric, model, upstream, net, age, frozen_age, days, blocks, calls, w, if(net, e - greatest(0, xy / xx) * x, e) AS e, plain, if(net, x / sqrt(xx / ww), 0) AS load
FROM paired
ARRAY JOIN if(x IS NOT NULL AND hours_paired >= 120 AND xx > 0, [false, true], [false]) AS net
WHERE age < greatest({{.StepHours}}, frozen_age) + {{.BacktestDays}} * 24
