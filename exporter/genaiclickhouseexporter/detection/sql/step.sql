-- Step: a one-sided CUSUM over the hourly means of the last two days, in standard deviations of the two weeks before. What an hour
-- has in common with the next, and a day within itself, widens both the deviation and the interval. While an incident is open, a second
-- one sums up the evidence that the mean is back: what hours of few calls do not tell closes nothing.
WITH
    {{.Run}} AS run,
    scaled AS
    (
        SELECT *, age >= greatest({{.StepHours}}, frozen_age) AS is_base, any(u) OVER (PARTITION BY series ORDER BY age RANGE BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS u_before,
            sum(w * e) OVER of_day / sum(w) OVER of_day AS of_the_day
        FROM (SELECT (metric, model, upstream, net) AS series, age, frozen_age, days, calls, plain, load, w, e, sqrt(w) * e AS u, intDiv(age - frozen_age, 24) AS day FROM {{.DB}}.residuals_1h WHERE run = {{.Run}})
        WINDOW of_day AS (PARTITION BY series, day)
    ),
    moments AS
    (
        SELECT series, age, frozen_age, calls, plain, load, w, e, u, is_base, avgIf(u * u, is_base) OVER of_series AS variance, avgIf(u * u_before, is_base AND u_before != 0) OVER of_series AS covariance,
            avgIf(w, is_base) OVER of_series AS w_mean, avgIf(of_the_day * of_the_day, is_base) OVER of_series AS variance_of_days, countIf(is_base) OVER of_series AS base_hours
        FROM scaled
        WHERE is_base OR age < greatest({{.StepHours}}, frozen_age) AND days >= {{.Drift.DaysMin}}
        WINDOW of_series AS (PARTITION BY series)
    ),
    noise AS
    (
        SELECT series, age, frozen_age, calls, plain, load, w, e, u, is_base, w_mean, variance_of_days, variance * (1 + lag) / (1 - lag) AS long_run
        FROM (SELECT *, least(0.9, greatest(0, covariance / variance)) AS lag FROM moments WHERE base_hours >= 48 AND variance > 0)
    ),
    -- by how much an open incident rose: in its first hours or in all, whichever is more; in deviations of an hour of such weight
    risen AS
    (
        SELECT *, if(is_since, sqrt(w / long_run) * greatest(0, ifNotFinite(avgWeightedIf(e, w, is_first) OVER of_series, 0), avgWeightedIf(e, w, is_since) OVER of_series), 0) AS step
        FROM (SELECT *, age < frozen_age AS is_since, is_since AND age >= frozen_age - {{.DatingHours}} AS is_first FROM noise)
        WINDOW of_series AS (PARTITION BY series)
    ),
    climbed AS
    (
        SELECT *, climb - least(0, min(climb) OVER since_then) AS cusum, fall - least(0, min(fall) OVER since_then) AS back, min(age) OVER (PARTITION BY series) AS latest FROM
        (
            SELECT *, sum(u / sqrt(long_run) - {{.Step.K}}) OVER since_then AS climb, sum(step * (step / 2 - greatest(0, u) / sqrt(long_run))) OVER since_then AS fall
            FROM risen
            WINDOW since_then AS (PARTITION BY series, is_base ORDER BY age DESC)
        )
        WINDOW since_then AS (PARTITION BY series, is_base ORDER BY age DESC)
    ),
    climbs AS
    (
        SELECT c.series AS series, any(c.frozen_age) > 0 AS is_open, any(c.long_run) AS long_run, any(greatest(0, c.variance_of_days - c.long_run / (24 * c.w_mean))) AS of_days,
            argMinIf(c.cusum, c.age, NOT c.is_base) AS sum_now, maxIf(c.cusum, c.is_base) AS sum_past,
            -- one whose calls have ended is over, too: since the last of them a third of the weight that the week before had would have come
            if(3 * sumIf(c.w, c.age >= 168 AND c.age < 168 + c.latest) > sumIf(c.w, c.age >= 168 AND c.age < 336), inf, argMinIf(c.back, c.age, NOT c.is_base)) AS back,
            if(is_open, any(c.frozen_age), minIf(if(c.cusum <= 0, c.age, {{.StepHours}}), NOT c.is_base)) AS start,
            arraySort(groupArrayIf((c.age, c.w, c.w * c.e, c.calls, c.plain, c.w * c.load), NOT c.is_base)) AS recent
        FROM climbed AS c
        GROUP BY series
    ),
    stretches AS
    (
        SELECT series, is_open, long_run, of_days, start, back, is_open OR sum_now > greatest({{.Step.H}}, {{.Drift.OverPast}} * sum_past) AND length(after) >= {{.Step.HoursMin}} AND after[1].1 = 0 AS climbs_on,
            arrayReduce('sum', after.2) AS weight, arrayReduce('sum', after.3) AS total, arrayReduce('sum', after.4) AS calls, arrayReduce('avg', after.5) AS plain,
            arrayReduce('sum', arraySlice(after.2, 1, 3)) AS weight_now, arrayReduce('sum', arraySlice(after.3, 1, 3)) / weight_now AS level,
            least(arrayReduce('sum', after.6) / weight, arrayReduce('sum', arraySlice(after.6, 1, 3)) / weight_now) AS load
        FROM (SELECT *, arrayFilter(x -> x.1 < start, recent) AS after FROM climbs)
    ),
    scored AS
    (
        SELECT series, is_open, start, back, climbs_on, plain, calls, level, rise, load, error, if(climbs_on, rise / error, 0) AS t
        FROM (SELECT *, total / weight AS rise, sqrt(long_run / weight + of_days) AS error FROM stretches)
    ),
    tested AS ({{.PValue "scored" "t" .MeanDegrees}}),
    judged AS ({{.BenjaminiHochberg "tested" "series"}}),
    hits AS
    (
        SELECT *, exp(rise) AS effect, exp(rise - {{.Drift.Limit}} * error) AS effect_low, exp(rise + {{.Drift.Limit}} * error) AS effect_high, run - toIntervalHour(start) AS since
        FROM judged
        WHERE if(is_open, z > {{.Hold}} AND back < {{.Step.H}}, climbs_on AND level > rise / 2 AND calls >= {{.Drift.CallsMin}} AND q < {{.Drift.Q}} AND effect_low > {{.Drift.Ratio}} AND load > -1)
    )
SELECT run, 'step' AS detector, {{template "regression.sql" .}}
