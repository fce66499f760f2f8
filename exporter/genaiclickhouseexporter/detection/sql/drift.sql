-- Drift of a mean: the last hours, against windows as long of the two weeks before and against the day before. Where the companion of a
-- latency has fallen by more than load does, that the other has not is no rise.
WITH
    {{.Run}} AS run,
    windows AS
    (
        SELECT (r.metric, r.model, r.upstream, r.net) AS series, intDiv(r.age, {{.Hours .Drift.Window}}) AS bin, min(r.age) >= greatest({{.Hours .Drift.Window}}, any(r.frozen_age)) AS is_base,
            sum(r.w) AS weight, sum(r.w * r.e) / sum(r.w) AS m, sum(r.w * r.load) / sum(r.w) AS load, min(r.e) AS lowest, sum(r.blocks) AS blocks, sum(r.calls) AS calls, min(r.days) AS days, avg(r.plain) AS plain, any(r.frozen_age) > 0 AS is_open
        FROM {{.DB}}.residuals_1h AS r
        WHERE r.run = {{.Run}}
        GROUP BY series, bin
    ),
    compared AS
    (
        SELECT w.series AS series, anyIf((w.m, w.weight, w.lowest, w.plain, w.blocks, w.calls, w.days, w.load), w.bin = 0) AS last, any(w.is_open) AS is_open, arraySort(groupArrayIf((w.bin, w.m, w.weight), w.is_base)) AS base
        FROM windows AS w
        GROUP BY series
        HAVING last.5 >= {{.Drift.BlocksMin}} AND last.6 >= {{.Drift.CallsMin}} AND last.7 >= {{.Drift.DaysMin}} AND length(base) >= 16
    ),
    -- twice: against what is usual, and against the day before, which a load that drifts for days does not hide a step from. Windows of few
    -- calls stray further, and count for less
    backtested AS
    (
        SELECT series, is_open, by_day, last.1 AS above, last.8 AS load, last.4 AS plain, last.6 AS calls, levels[1] AS level, above - level AS rise, last.3 - level AS lowest,
            arrayMap((b, before) -> (b.1, (b.2 - before) * sqrt(least(1, b.3 / last.2))), arraySlice(base, 1, length(base) - {{.WindowsOfDay .Drift.Window}}), arrayPopFront(levels)) AS past,
            arrayMap(b -> b.2, arrayFilter(b -> b.1 % {{.WindowsOfDay .Drift.Window}} = 0, past)) AS same_hours, above - arrayAvg(b -> b.2, arraySlice(base, 1, {{.WindowsOfDay .Drift.Window}})) AS over_day
        FROM
        (
            SELECT *, by_day, arrayMap(i -> if(by_day, arrayAvg(b -> b.2, arraySlice(base, i, {{.WindowsOfDay .Drift.Window}})), 0), range(1, toUInt32(length(base) - {{.WindowsOfDay .Drift.Window}} + 2))) AS levels
            FROM compared ARRAY JOIN [false, true] AS by_day
        )
    ),
    scored AS
    (
        SELECT series, is_open, by_day, above, rise, load, lowest, plain, calls, over_day, error, arrayMax(b -> b.2, past) AS past_rise, rise / error AS t
        FROM (SELECT *, sqrt(greatest(arrayAvg(b -> b.2 * b.2, past), if(empty(same_hours), 0, arrayAvg(x -> x * x, same_hours)))) AS error FROM backtested)
    ),
    tested AS ({{.PValue "scored" "t" .MeanDegrees}}),
    judged AS ({{.BenjaminiHochberg "tested" "series, by_day"}}),
    hits AS
    (
        SELECT *, exp(rise) AS effect, exp(rise - {{.Drift.Limit}} * error) AS effect_low, exp(rise + {{.Drift.Limit}} * error) AS effect_high, run - toIntervalHour({{.Hours .Drift.Window}}) AS since
        FROM judged
        WHERE load > -1 AND q < {{.Drift.Q}} AND effect_low > {{.Drift.Ratio}} AND lowest > rise / 2 AND rise > {{.Drift.OverPast}} * past_rise AND above > log({{.Drift.Ratio}})
            AND over_day > greatest(log({{.Drift.Ratio}}), {{.Drift.Limit}} * error) OR is_open AND z > {{.Hold}} AND NOT by_day
    )
SELECT run, 'drift' AS detector, {{template "regression.sql" .}}
