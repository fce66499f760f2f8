-- Slow drift of a mean: the last hours against the same hours of the last days, and against the day before. The unit is the
-- block of ten minutes; its mean of ln x is freed of the mix of input sizes and of the hour of the day. Welch's error is
-- widened by how much more windows differ between days than independent blocks would.
WITH
    {{.Run}} AS run,
    {{.Seconds .Drift.Window}} AS width,
    frozen AS ({{.Frozen "regression"}}),
    -- every block with its series' end of the baseline
    raw AS
    (
        SELECT b.metric AS metric, b.model AS model, b.upstream AS upstream, b.t AS t, b.stratum AS stratum, b.calls AS calls, b.n AS n, b.s AS s,
            if(f.baseline_to > 0, f.baseline_to, run - width) AS anchor
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
        SELECT r.metric AS metric, r.model AS model, r.upstream AS upstream, r.t AS t, any(r.anchor) AS anchor,
            sum(r.calls) AS calls, sum(r.s - r.n * m.mu) / sum(r.n) AS a, sum(r.s) / sum(r.n) AS plain,
            intDiv(toUInt32(run) - 1 - toUInt32(r.t), 3600) % 24 AS hour, intDiv(toUInt32(run) - 1 - toUInt32(r.t), width) AS bin
        FROM raw AS r
        INNER JOIN strata AS m ON m.metric = r.metric AND m.model = r.model AND m.upstream = r.upstream AND m.stratum = r.stratum
        GROUP BY metric, model, upstream, t
    ),
    residuals AS
    (
        SELECT metric, model, upstream, t, anchor, calls, plain, hour, bin, t < anchor AS is_base, t >= run - width AS is_recent,
            a - avgIf(a, t < anchor) OVER (PARTITION BY metric, model, upstream, hour) AS y
        FROM adjusted
    ),
    -- how windows of the baseline differ, beside how blocks do
    spread AS
    (
        SELECT metric, model, upstream, greatest(1, (7 / 6) * varSamp(mean) / greatest(avg(var / n), 1e-12)) AS dispersion
        FROM
        (
            SELECT metric, model, upstream, bin, avg(y) AS mean, varSamp(y) AS var, count() AS n
            FROM residuals WHERE is_base GROUP BY metric, model, upstream, bin HAVING n >= 6
        )
        GROUP BY metric, model, upstream
    ),
    compared AS
    (
        SELECT r.metric AS metric, r.model AS model, r.upstream AS upstream, any(r.anchor) AS anchor, any(s.dispersion) AS dispersion,
            (toUInt32(run) - toUInt32(anchor)) <= width AS fresh,
            countIf(r.is_recent) AS n1, avgIf(r.y, r.is_recent) AS m1, varSampIf(r.y, r.is_recent) AS v1, sumIf(r.calls, r.is_recent) AS calls,
            countIf(r.is_base AND r.hour < width / 3600) AS n0, varSampIf(r.y, r.is_base AND r.hour < width / 3600) AS v0,
            uniqExactIf(intDiv(toUInt32(run) - toUInt32(r.t), 86400), r.is_base AND r.hour < width / 3600) AS days,
            countIf(r.is_base AND r.t >= r.anchor - INTERVAL 1 DAY) AS n24, avgIf(r.y, r.is_base AND r.t >= r.anchor - INTERVAL 1 DAY) AS m24,
            varSampIf(r.y, r.is_base AND r.t >= r.anchor - INTERVAL 1 DAY) AS v24,
            avgIf(r.plain, r.is_recent) AS plain1,
            sqrt(dispersion * (v1 / n1 + v0 / n0)) AS error, {{.NormalOfT "m1 / error" "n1 - 1"}} AS z, {{.UpperTail "z"}} AS p,
            sqrt(dispersion * (v1 / n1 + v24 / n24)) AS error24, {{.UpperTail "(m1 - m24) / error24"}} AS p24,
            groupArray((r.t, r.y)) AS blocks
        FROM residuals AS r
        INNER JOIN spread AS s ON s.metric = r.metric AND s.model = r.model AND s.upstream = r.upstream
        GROUP BY metric, model, upstream
        HAVING n1 >= {{.Drift.BlocksMin}} AND calls >= {{.Drift.CallsMin}} AND days >= {{.Drift.DaysMin}} AND n24 > 1 AND error > 0
    ),
    judged AS
    (
        SELECT *, min(p * series / rank) OVER (ORDER BY p DESC, metric DESC, model DESC, upstream DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS q
        FROM (SELECT *, row_number() OVER (ORDER BY p, metric, model, upstream) AS rank, count() OVER () AS series FROM compared)
    )
SELECT run, 'drift' AS detector, 'regression' AS kind, 'ticket' AS severity, 'model, upstream' AS key_kind, concat(model, ', ', upstream) AS key,
    metric, model, upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id,
    {{.ChangeOf "blocks" "run - INTERVAL 1 DAY"}} AS since,
    exp(plain1 - m1) AS value_before, exp(plain1) AS value_after, exp(m1) AS effect,
    exp(m1 - {{.Drift.Limit}} * error) AS effect_low, exp(m1 + {{.Drift.Limit}} * error) AS effect_high,
    q AS q_value, z AS z_score, calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, anchor - INTERVAL 7 DAY AS baseline_from, anchor AS baseline_to,
    format('{} of {} is {}x of what it was', metric, key, toString(round(effect, 2))) AS message
FROM judged
WHERE q < {{.Drift.Q}} AND effect_low > {{.Drift.Ratio}} AND p24 < {{.Drift.Q}} AND m1 - m24 > log({{.Drift.Ratio}})
