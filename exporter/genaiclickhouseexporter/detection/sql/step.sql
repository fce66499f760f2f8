-- Step: a one-sided CUSUM over the hourly means of the last day, in standard deviations of the same hours of the week before.
-- It alarms only while the level stays up and the rise since its start is surely above the least one.
WITH
    {{.Run}} AS run,
    frozen AS ({{.Frozen "regression"}}),
    raw AS
    (
        SELECT b.metric AS metric, b.model AS model, b.upstream AS upstream, b.t AS t, b.stratum AS stratum, b.calls AS calls, b.n AS n, b.s AS s,
            least(if(f.baseline_to > 0, f.baseline_to, run), run - INTERVAL 1 DAY) AS anchor
        FROM {{.DB}}.blocks_10m AS b FINAL
        LEFT JOIN frozen AS f ON f.key = concat(b.model, ', ', b.upstream) AND f.metric = b.metric
        WHERE b.measure = 'mean' AND b.t < run AND b.t >= run - INTERVAL 15 DAY AND b.n > 0
            AND b.t >= anchor - INTERVAL 7 DAY
    ),
    strata AS
    (
        SELECT metric, model, upstream, stratum, sum(s) / sum(n) AS mu
        FROM raw WHERE t < anchor GROUP BY metric, model, upstream, stratum
    ),
    adjusted AS
    (
        SELECT r.metric AS metric, r.model AS model, r.upstream AS upstream, r.t AS t, any(r.anchor) AS anchor, sum(r.calls) AS calls,
            sum(r.s - r.n * m.mu) / sum(r.n) AS a, sum(r.s) / sum(r.n) AS plain, intDiv(toUInt32(run) - 1 - toUInt32(r.t), 3600) AS age
        FROM raw AS r
        INNER JOIN strata AS m ON m.metric = r.metric AND m.model = r.model AND m.upstream = r.upstream AND m.stratum = r.stratum
        GROUP BY metric, model, upstream, t
    ),
    residuals AS
    (
        SELECT *, a - avgIf(a, t < anchor) OVER (PARTITION BY metric, model, upstream, age % 24) AS y FROM adjusted
    ),
    hours AS
    (
        SELECT r.metric AS metric, r.model AS model, r.upstream AS upstream, r.age AS age, any(r.anchor) AS anchor, avg(r.y) AS mean,
            avg(r.plain) AS plain, sum(r.calls) AS calls, max(r.t < r.anchor) AS is_base, groupArray((r.t, r.y)) AS blocks
        FROM residuals AS r GROUP BY metric, model, upstream, age
    ),
    series AS
    (
        SELECT h.metric AS metric, h.model AS model, h.upstream AS upstream, any(h.anchor) AS anchor,
            sqrt(7 / 6) * stddevSampIf(h.mean, h.is_base) AS sd, countIf(h.is_base) AS n0,
            arraySort(x -> -x.1, groupArrayIf((toInt64(h.age), h.mean), h.age < 24)) AS day, arrayMap(x -> x.2, day) AS means,
            sumIf(h.calls, h.age < 24) AS calls_of_day, avgIf(h.plain - h.mean, h.age < 24) AS plain0, arrayFlatten(groupArrayIf(h.blocks, h.age < 24)) AS blocks
        FROM hours AS h
        GROUP BY metric, model, upstream
        HAVING n0 >= 24 * {{.Drift.DaysMin}} AND length(means) >= 3 AND sd > 0 AND calls_of_day >= {{.Drift.CallsMin}}
    ),
    cusum AS
    (
        SELECT *, arrayCumSum(x -> x / (sd * sqrt(8 / 7)) - {{.Step.K}}, means) AS path,
            arrayMap(i -> path[i] - least(0, arrayMin(arraySlice(path, 1, i))), arrayEnumerate(path)) AS sums,
            arrayLastIndex(s -> s <= 0, sums) AS start,
            length(means) - start AS m, if(m > 0, arrayAvg(arraySlice(means, start + 1)), 0) AS rise,
            sd * sqrt(1 / greatest(m, 1) + 1 / 7) AS error, arrayAvg(arraySlice(means, -3)) AS level
        FROM series
    )
SELECT run, 'step' AS detector, 'regression' AS kind, 'ticket' AS severity, 'model, upstream' AS key_kind, concat(model, ', ', upstream) AS key,
    metric, model, upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id,
    {{.ChangeOf "blocks" "run - INTERVAL 1 DAY"}} AS since,
    exp(plain0) AS value_before, exp(plain0 + rise) AS value_after, exp(rise) AS effect,
    exp(rise - {{.Drift.Limit}} * error) AS effect_low, exp(rise + {{.Drift.Limit}} * error) AS effect_high,
    {{.Unknown}} AS q_value, sums[-1] AS z_score, calls_of_day AS calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, anchor - INTERVAL 7 DAY AS baseline_from,
    anchor AS baseline_to, format('{} of {} stepped to {}x', metric, key, toString(round(effect, 2))) AS message
FROM cusum
WHERE m >= 2 AND sums[-1] > {{.Step.H}} AND effect_low > {{.Drift.Ratio}} AND level > rise / 2
