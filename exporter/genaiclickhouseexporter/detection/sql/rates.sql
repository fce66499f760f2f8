-- Rates: events among calls of the last hours and of longer windows up to a day, against the same hours of the days before. The score is of
-- square roots, which few events do not fool, over how far the windows of the weeks before strayed, which is more than chance. Of long
-- windows there were few, so those half as long say with them how far they stray. An incident is over when the evidence says that the rate is
-- back, as of means: else the window of a day would hold one of half an hour for a day, and hide the next.
WITH
    {{.Run}} AS run,
    intDiv({{.Hours .Rates.LongWindow}}, 3) AS longest,
    frozen AS ({{.Frozen "rate"}}),
    recovered AS ({{.Recovered "rate"}}),
    -- windows that reach back to an incident that is over tell nothing new
    over AS
    (
        SELECT metric, model, upstream, app, max(assumeNotNull(closed_at)) AS until FROM {{.DB}}.findings FINAL
        WHERE kind = 'rate' AND state = 'closed' AND closed_at > run - toIntervalSecond({{.Seconds .Rates.LongWindow}}) AND closed_at <= run GROUP BY metric, model, upstream, app
    ),
    -- three hours of a series by their age; an application with an incident of its own is taken out of its model's series
    bins AS
    (
        SELECT (b.metric, b.model, if(part.1 = '', b.upstream, ''), part.1) AS series, b.bin AS bin, sum(b.trials * part.2) AS n, sum(b.events * part.2) AS k
        FROM
        (
            SELECT metric, model, upstream, app, toInt32(intDiv(toUInt32(run) - 1 - toUInt32(t), 10800)) AS bin, sum(n) AS trials, sum(s) AS events
            FROM {{.DB}}.blocks_10m AS m FINAL
            WHERE measure = 'rate' AND t < run AND t >= run - INTERVAL {{.RatesDays}} DAY AND {{.SeriesInScope "m"}} AND (metric, model) GLOBAL IN
            (
                SELECT metric, model FROM {{.DB}}.blocks_10m WHERE measure = 'rate' AND t >= run - toIntervalSecond({{.Seconds .Rates.LongWindow}}) AND t < run AND s > 0
                GROUP BY metric, model HAVING sum(s) >= {{.Rates.EventsMin}}
                UNION ALL
                SELECT metric, model FROM frozen
            )
            GROUP BY metric, model, upstream, app, bin
        ) AS b
        ARRAY JOIN if(b.app != '' AND (b.metric, b.model, b.app) IN (SELECT metric, model, app FROM frozen), [(b.app, 1), ('', -1)], [(b.app, 1)]) AS part
        GROUP BY series, bin
        HAVING n > 0
    ),
    sums AS
    (
        SELECT series, bin, frozen_bin, n, k, sum(usable * k) OVER of_series AS k_all, sum(usable * n) OVER of_series AS n_all,
            sum(usable * k) OVER same_hours AS k_before, sum(usable * n) OVER same_hours AS n_before, sum(usable) OVER same_hours AS days
        FROM
        (
            SELECT b.series AS series, b.bin AS bin, b.n AS n, b.k AS k, if(f.since > 0, intDiv(toUInt32(run) - toUInt32(f.since) + 10799, 10800), 0) AS frozen_bin, b.bin >= frozen_bin AS usable
            FROM bins AS b LEFT JOIN frozen AS f ON (f.metric, f.model, f.upstream, f.app) = b.series
                LEFT JOIN recovered AS o ON (o.metric, o.model, o.upstream, o.app) = b.series
                LEFT JOIN over AS l ON (l.metric, l.model, l.upstream, l.app) = b.series
            WHERE NOT (b.bin * 10800 < {{.Seconds .Rates.LongWindow}} AND b.bin >= intDiv(toUInt32(run) - toUInt32(l.until), 10800))
                AND NOT (b.bin <= intDiv(toUInt32(run) - toUInt32(o.since), 10800) AND b.bin >= intDiv(toUInt32(run) - toUInt32(o.until), 10800))
        )
        WINDOW of_series AS (PARTITION BY series ORDER BY bin RANGE BETWEEN 8 FOLLOWING AND 8 * {{.UsualDays}} + 7 FOLLOWING),
            same_hours AS (PARTITION BY series, bin % 8 ORDER BY bin RANGE BETWEEN 8 FOLLOWING AND 8 * {{.UsualDays}} FOLLOWING)
    ),
    -- what is usual at those hours of the day, with five events' weight of what is usual at all
    expected AS
    (
        SELECT series, bin, frozen_bin, days, n, k, n_before + prior AS trials, n * (k_before + 5) / (n_before + prior) AS usual
        FROM (SELECT *, 5 * greatest(n_all, 1) / greatest(k_all, 1e-3) AS prior FROM sums WHERE days >= 2)
    ),
    -- of an open incident the evidence that its rate is back, a CUSUM of how much likelier by Poisson's law the usual rate makes each three
    -- hours since then than that of all of them
    fallen AS
    (
        SELECT series, max(fall - least(0, lowest)) AS back FROM
        (
            SELECT *, min(fall) OVER since_then AS lowest, min(bin) OVER (PARTITION BY series) AS latest
            FROM (SELECT *, sum(usual * (times - 1) - k * log(times)) OVER since_then AS fall FROM (SELECT *, greatest(1, sum(k) OVER (PARTITION BY series) / sum(usual) OVER (PARTITION BY series)) AS times FROM expected WHERE bin < frozen_bin) WINDOW since_then AS (PARTITION BY series ORDER BY bin DESC))
            WINDOW since_then AS (PARTITION BY series ORDER BY bin DESC)
        )
        WHERE bin = latest
        GROUP BY series
    ),
    windows AS
    (
        SELECT series, width, win, is_base, is_open, n, k, usual, trials, days, 2 * (sqrt(greatest(k, 0) + 0.375) - sqrt(usual + 0.375)) AS score FROM
        (
            SELECT e.series AS series, width, intDiv(e.bin, width) AS win, min(e.bin) >= greatest(width, any(e.frozen_bin)) AS is_base, any(e.frozen_bin) > 0 AS is_open,
                sum(e.n) AS n, sum(e.k) AS k, sum(e.usual) AS usual, sum(e.trials) AS trials, min(e.days) AS days
            -- of an open incident all that there was of it, where the longest window holds too little to tell: a weekend without calls closes none.
            -- One whose calls have ended is over: since the last of them a third of what the week before had would have come, weighed as the 18
            -- blocks of means are, so that one burst is no week
            FROM
            (
                SELECT *, frozen_bin > longest AND sumIf(k, bin < longest) OVER of_series < {{.Rates.EventsMin}}
                    AND 3 * sumIf(weight, bin >= 56 AND bin < 56 + latest) OVER of_series <= sumIf(weight, bin >= 56 AND bin < 112) OVER of_series AS is_quiet
                FROM (SELECT *, n / (n + 18 * {{.LoadCalls}}) AS weight, min(bin) OVER (PARTITION BY series) AS latest FROM expected)
                WINDOW of_series AS (PARTITION BY series)
            ) AS e
            ARRAY JOIN arrayConcat({{.RateWidths}}, if(is_quiet, [frozen_bin], [])) AS width
            GROUP BY series, width, win
        )
    ),
    compared AS
    (
        SELECT w.series AS series, w.width AS width, anyIf((w.n, w.k, w.usual, w.trials, w.days, w.score), w.win = 0) AS last,
            avgIf(w.score * w.score, w.is_base) AS strays, maxIf(w.score, w.is_base) AS past_score, countIf(w.is_base) AS base_windows, any(w.is_open) AS is_open
        FROM windows AS w
        GROUP BY series, width
        HAVING base_windows >= if(width > longest, 1, 3)
    ),
    scored AS
    (
        SELECT series, is_open, width, n, k, usual, error, score / error AS t, others / error AS others_score, k / n AS rate1, usual / n AS rate0,
            rate1 > rate0 * {{.Rates.Ratio}} AND rate1 - rate0 > if(startsWith(series.1, 'error_rate'), {{.Rates.ErrorPoints}}, {{.Rates.FidelityPoints}})
            AND score > {{.Rates.OverPast}} * greatest(past_score, 0) AS matters
        FROM
        (
            SELECT series, is_open, width, past_score, last.1 AS n, last.2 AS k, last.3 AS usual, last.5 AS days, last.6 AS score,
                sqrt(greatest(1, max(pooled) OVER (PARTITION BY series)) * (1 + last.1 / last.4)) AS error,
                -- the same score of the model's other applications
                2 * (sqrt(greatest(0, sumIf(k, series.4 = '') OVER of_model - k) + 0.375) - sqrt(greatest(0, sumIf(usual, series.4 = '') OVER of_model - usual) + 0.375)) AS others
            FROM
            (
                SELECT *, any(strays) OVER (PARTITION BY series ORDER BY width ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS of_shorter, if(of_shorter > 0, {{.ShorterWindows}}, 0) AS shorter,
                    (strays * base_windows + of_shorter * shorter) / (base_windows + shorter) AS pooled
                FROM compared
            )
            WINDOW of_model AS (PARTITION BY series.1, series.2, width)
        )
        WHERE (is_open OR days >= {{.Drift.DaysMin}}) AND n > 0 AND k >= {{.Rates.EventsMin}}
    ),
    tested AS ({{.PValue "scored" "t" .RateDegrees}}),
    -- of a series the window that shows most; they lie within one another, so that to have looked at four is to have looked twice
    best AS (SELECT * REPLACE (least(1, 2 * p) AS p) FROM tested ORDER BY matters DESC, p LIMIT 1 BY series),
    judged AS ({{.BenjaminiHochberg "best" "series"}}),
    hits AS
    (
        SELECT *, max(series.4 = '') OVER (PARTITION BY series.1, series.2) AS of_model FROM judged AS j LEFT JOIN fallen AS l ON l.series = j.series
        WHERE if(is_open, z > {{.Hold}} AND l.back < {{.Step.H}} * greatest(1, error * error), matters AND (j.series.4 = '' AND q < {{.Rates.Q}} OR others_score < 1 AND q < {{.Rates.Q}} / 3))
    )
SELECT run, 'rates' AS detector, 'rate' AS kind, 'ticket' AS severity, if(app = '', 'model, upstream', 'model, app') AS key_kind, concat(model, ', ', if(app = '', upstream, app)) AS key,
    series.1 AS metric, series.2 AS model, series.3 AS upstream, series.4 AS app, '' AS team, '' AS user_id, '' AS conversation_id, run - toIntervalHour(width * 3) AS since,
    rate0 AS value_before, rate1 AS value_after, rate1 / rate0 AS effect,
    pow(greatest(sqrt(k + 0.375) - {{.Drift.Limit}} / 2 * error, 0), 2) / usual AS effect_low, pow(sqrt(k + 0.375) + {{.Drift.Limit}} / 2 * error, 2) / usual AS effect_high,
    q AS q_value, z AS z_score, toUInt64(n) AS calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, since - INTERVAL {{.UsualDays}} DAY AS baseline_from, since AS baseline_to,
    format('{} of {} went from {} % to {} %', metric, key, toString(round(100 * rate0, 2)), toString(round(100 * rate1, 2))) AS message, CAST([], 'Array(UUID)') AS example_calls
FROM hits
-- what all applications of a model show is one incident, not one for each: where the others rise too it is waited for, and one of many
-- applications has to be surer
WHERE app = '' OR of_model = 0 OR (metric, model, app) IN (SELECT metric, model, app FROM frozen)
ORDER BY {{.OpenFirst}}, q
LIMIT 1 BY key, metric
LIMIT {{.FindingsMax}}
