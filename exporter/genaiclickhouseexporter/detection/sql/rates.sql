-- Rates: events among trials of the last hours and of the last day, each against the same hours of the days before. The score
-- is of arcsine roots, which few events do not fool, over the root of how much more the windows of the baseline differ than
-- chance would have it.
WITH
    {{.Run}} AS run,
    frozen AS ({{.Frozen "rate"}}),
    raw AS
    (
        SELECT b.metric AS metric, b.model AS model, b.upstream AS upstream, b.app AS app, b.t AS t, b.n AS n, b.s AS k, width,
            if(f.baseline_to > 0, f.baseline_to, run - width) AS anchor,
            (toUInt32(run) - 1 - toUInt32(b.t)) % 86400 < width AS same_hours, intDiv(toUInt32(run) - 1 - toUInt32(b.t), 10800) AS bin
        FROM (SELECT *, concat(model, ', ', if(app = '', upstream, app)) AS key FROM {{.DB}}.blocks_10m FINAL
            WHERE measure = 'rate' AND t < run AND t >= run - INTERVAL 15 DAY) AS b
        ARRAY JOIN [{{.Seconds .Rates.Window}}, {{.Seconds .Rates.LongWindow}}] AS width
        LEFT JOIN frozen AS f ON f.key = b.key AND f.metric = b.metric
        WHERE b.t >= anchor - INTERVAL 7 DAY
    ),
    summed AS
    (
        SELECT r.metric AS metric, r.model AS model, if(r.app = '', r.upstream, '') AS upstream, r.app AS app, r.width AS width, r.bin AS bin,
            any(r.anchor) AS anchor,
            sumIf(r.n, r.t >= run - r.width) AS n1, sumIf(r.k, r.t >= run - r.width) AS k1,
            sumIf(r.n, r.t < r.anchor AND r.same_hours) AS n0, sumIf(r.k, r.t < r.anchor AND r.same_hours) AS k0,
            sumIf(r.n, r.t < r.anchor AND r.t >= r.anchor - INTERVAL 1 DAY) AS n24, sumIf(r.k, r.t < r.anchor AND r.t >= r.anchor - INTERVAL 1 DAY) AS k24,
            sumIf(r.n, r.t < r.anchor) AS n_base, sumIf(r.k, r.t < r.anchor) AS k_base,
            if(n0 > 0, intDiv(bin, 8), NULL) AS day, groupArray((r.t, r.k, r.n)) AS blocks
        FROM (SELECT metric, model, if(app = '', upstream, '') AS upstream, app, width, bin, t, any(anchor) AS anchor, any(same_hours) AS same_hours, sum(n) AS n, sum(k) AS k
            FROM raw GROUP BY metric, model, upstream, app, width, bin, t) AS r
        GROUP BY metric, model, upstream, app, width, bin
    ),
    rated AS
    (
        SELECT s.metric AS metric, s.model AS model, s.upstream AS upstream, s.app AS app, s.width AS width, any(s.anchor) AS anchor,
            sum(s.n1) AS n, sum(s.k1) AS k, sum(s.n0) AS base_n, sum(s.k0) AS base_k, sum(s.n24) AS day_n, sum(s.k24) AS day_k, uniqExact(s.day) AS days,
            sum(s.k_base) / greatest(sum(s.n_base), 1) AS p0,
            (sumIf(s.k_base * s.k_base / greatest(s.n_base, 1), s.n_base > 0) - sum(s.k_base) * p0) / greatest(p0 * (1 - p0), 1e-12) AS chi2,
            greatest(1, chi2 / greatest(countIf(s.n_base > 0) - 1, 1)) AS dispersion,
            arrayFlatten(groupArrayIf(s.blocks, s.bin < 8)) AS blocks
        FROM summed AS s
        GROUP BY metric, model, upstream, app, width
    ),
    scored AS
    (
        SELECT *, (k + 0.375) / (n + 0.75) AS rate1, (base_k + 0.375) / (base_n + 0.75) AS rate0, (day_k + 0.375) / (day_n + 0.75) AS rate24,
            if(startsWith(metric, 'error_rate'), {{.Rates.ErrorPoints}}, {{.Rates.FidelityPoints}}) AS points,
            sqrt(dispersion * (1 / n + 1 / base_n)) / 2 AS error, (asin(sqrt(rate1)) - asin(sqrt(rate0))) / error AS z, {{.UpperTail "z"}} AS p,
            {{.UpperTail "2 * (asin(sqrt(rate1)) - asin(sqrt(rate24))) / sqrt(dispersion * (1 / n + 1 / day_n))"}} AS p24
        FROM rated
        WHERE days >= {{.Drift.DaysMin}} AND n > 0 AND base_n > 0 AND day_n > 0 AND greatest(k, n * p0) >= {{.Rates.EventsMin}}
    ),
    judged AS
    (
        SELECT *, min(p * series / rank) OVER (ORDER BY p DESC, metric DESC, model DESC, upstream DESC, app DESC, width DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS q
        FROM (SELECT *, row_number() OVER (ORDER BY p, metric, model, upstream, app, width) AS rank, count() OVER () AS series FROM scored)
    ),
    flagged AS
    (
        SELECT *, q < {{.Rates.Q}} AND p24 < {{.Rates.Q}} AND rate1 > rate0 * {{.Rates.Ratio}} AND rate1 - rate0 > points AS hit,
            concat(model, ', ', if(app = '', upstream, app)) AS key
        FROM judged
    )
SELECT run, 'rates' AS detector, 'rate' AS kind, 'ticket' AS severity, if(app = '', 'model, upstream', 'model, app') AS key_kind, key,
    metric, model, upstream, app, '' AS team, '' AS user_id, '' AS conversation_id,
    {{.ChangeOfRate "blocks" "run - INTERVAL 1 DAY"}} AS since,
    rate0 AS value_before, rate1 AS value_after, rate1 / rate0 AS effect,
    pow(sin(greatest(asin(sqrt(rate1)) - {{.Drift.Limit}} * error, 0)), 2) / rate0 AS effect_low,
    pow(sin(least(asin(sqrt(rate1)) + {{.Drift.Limit}} * error, pi() / 2)), 2) / rate0 AS effect_high,
    q AS q_value, z AS z_score, toUInt64(n) AS calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, anchor - INTERVAL 7 DAY AS baseline_from, anchor AS baseline_to,
    format('{} of {} went from {} % to {} %', metric, key, toString(round(100 * rate0, 2)), toString(round(100 * rate1, 2))) AS message
FROM flagged AS r
LEFT JOIN (SELECT key, metric FROM frozen) AS f ON f.key = r.key AND f.metric = r.metric
WHERE r.hit
    -- what all applications of a model show is one incident, not one for each
    AND (r.app = '' OR f.key != '' OR (r.model, r.metric) NOT IN (SELECT model, metric FROM flagged WHERE hit AND app = ''))
ORDER BY q
LIMIT 1 BY key, metric
