-- Not a detector: dates the change of each incident when it opens, and each hour of the next ones, with the blocks there are by then;
-- a spike of a user may be over soon, so the hour in which it was found dates it. The moment is the likeliest: of means with normal
-- noise, of rates with events by Poisson's law. What slows a model slows its first chunk and the tokens after it, so the one tells how
-- much of the other is load: the step is looked for in what the other does not explain, and, where the other has one too, in both.
WITH
    {{.Run}} AS run,
{{template "levels.sql" .}},
    dated AS
    (
        SELECT *, baseline_to - INTERVAL 1 DAY AS begin FROM {{.DB}}.findings FINAL
        WHERE kind IN ('regression', 'rate', 'cost_spike') AND state = 'open' AND updated_at = toDateTime64(run, 3, 'UTC') AND {{.Fresh}}
    ),
    -- what a block's mean is above that of its hour of the day; y of the incident's measure, x of its companion
    above AS
    (
        SELECT finding_id, t, any(begin) AS begin, sumIf(w, is_own) AS w, sumIf(e, is_own) AS y, sumIf(e, NOT is_own) AS x FROM
        (
            SELECT f.finding_id AS finding_id, l.t AS t, l.metric = f.metric AS is_own, l.n / (l.n + {{.LoadCalls}}) AS w, f.begin AS begin,
                l.y - avgIf(l.y, l.t < f.begin + INTERVAL 12 HOUR) OVER (PARTITION BY f.finding_id, l.metric, intDiv(toUInt32(run) - toUInt32(l.t), 3600) % 24) AS e
            FROM dated AS f INNER JOIN levels AS l ON l.model = f.model AND l.upstream = f.upstream
            WHERE f.kind = 'regression' AND l.t >= f.begin - INTERVAL {{.UsualDays}} DAY AND
                (l.metric = f.metric OR l.metric = transform(f.metric, ['time_to_first_chunk', 'time_per_output_token'], ['time_per_output_token', 'time_to_first_chunk'], ''))
        )
        WHERE isFinite(e)
        GROUP BY finding_id, t
    ),
    points AS
    (
        SELECT finding_id, false AS counts, t, w, y, x FROM above WHERE t >= begin AND w > 0
        UNION ALL
        SELECT f.finding_id, true, b.t, sum(b.n), sum(b.s) / sum(b.n), 0
        FROM dated AS f INNER JOIN {{.DB}}.blocks_10m AS b FINAL ON b.metric = f.metric AND b.model = f.model AND b.app = f.app
        WHERE f.kind = 'rate' AND b.measure = 'rate' AND b.t >= f.begin AND b.t < run AND (f.upstream = '' OR b.upstream = f.upstream)
        GROUP BY f.finding_id, b.t
        UNION ALL
        SELECT s.finding_id, false, s.t, 1, log(ifNull(c.cost, 0) + 0.01), 0
        FROM (SELECT finding_id, user_id, toDateTime(arrayJoin(range(toUInt32(toStartOfInterval(begin, INTERVAL 10 MINUTE)), toUInt32(run), 600)), 'UTC') AS t FROM dated WHERE kind = 'cost_spike') AS s
        LEFT JOIN
        (
            SELECT user_id, toStartOfInterval(ts, INTERVAL 10 MINUTE) AS t, sum(toFloat64(cost_usd)) AS cost FROM {{.DB}}.calls
            WHERE ts >= (SELECT min(begin) FROM dated WHERE kind = 'cost_spike') AND ts < run AND user_id GLOBAL IN (SELECT user_id FROM dated WHERE kind = 'cost_spike')
            GROUP BY user_id, t
        ) AS c ON c.user_id = s.user_id AND c.t = s.t
    ),
    sums AS
    (
        SELECT p.finding_id AS id, any(p.counts) AS counts, arraySort(groupArray((p.t, p.w, p.w * p.y, p.w * p.x))) AS blocks, count() AS n, sum(p.w) AS w, sum(p.w * p.y) AS sy, sum(p.w * p.x) AS sx,
            sum(p.w * p.y * p.y) - sy * sy / w AS yy, sum(p.w * p.x * p.y) - sx * sy / w AS xy, sum(p.w * p.x * p.x) - sx * sx / w AS xx
        FROM points AS p GROUP BY id
    ),
    -- the logarithm of how much likelier the blocks are with a step up after the first w0 of their weight than without
    gains AS
    (
        SELECT id, blocks, arrayMap((w0, y0, x0, i) -> if(i < 3 OR i > n - 3 OR y0 * w >= sy * w0, 0, if(counts,
                ifNotFinite(y0 * log(y0 / w0), 0) + (sy - y0) * log((sy - y0) / (w - w0)) - sy * log(sy / w),
                {{.StepGain}})),
            arrayCumSum(b -> b.2, blocks), arrayCumSum(b -> b.3, blocks), arrayCumSum(b -> b.4, blocks), arrayEnumerate(blocks)) AS gain
        FROM sums
    )
SELECT f.* EXCEPT (begin) REPLACE
(
    blocks[indexOf(s.gain, s.best) + 1].1 AS since, blocks[s.likely[1] + 1].1 AS since_low, blocks[s.likely[-1] + 1].1 AS since_high,
    f.updated_at + toIntervalMillisecond(1) AS updated_at
)
FROM dated AS f INNER JOIN
(
    SELECT id, blocks, gain, arrayMax(gain) AS best, arrayFilter((i, g) -> g > 0 AND g >= best - {{.DateLimit}}, arrayEnumerate(gain), gain) AS likely
    FROM gains
) AS s ON s.id = f.finding_id
WHERE s.best > 0
