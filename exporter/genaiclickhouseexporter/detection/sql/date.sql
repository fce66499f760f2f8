-- Not a detector: dates the change of each incident when it opens, and each hour of the next ones, with the blocks there are by then;
-- a spike of a user may be over soon, so the hour in which it was found dates it. The moment is where the
-- blocks before and after differ most, in the square of their difference by the weight of both.
WITH
    {{.Run}} AS run,
{{template "levels.sql" .}},
    dated AS
    (
        SELECT *, baseline_to - INTERVAL 1 DAY AS begin FROM {{.DB}}.findings FINAL
        WHERE kind IN ('regression', 'rate', 'cost_spike') AND state = 'open' AND updated_at = toDateTime64(run, 3, 'UTC') AND {{.Fresh}}
    ),
    points AS
    (
        SELECT finding_id, t, w, y FROM
        (
            SELECT f.finding_id AS finding_id, l.t AS t, l.n / (l.n + {{.LoadCalls}}) AS w, f.begin AS begin,
                l.y - avgIf(l.y, l.t < f.begin + INTERVAL 12 HOUR) OVER (PARTITION BY f.finding_id, intDiv(toUInt32(run) - toUInt32(l.t), 3600) % 24) AS y
            FROM dated AS f INNER JOIN levels AS l ON l.metric = f.metric AND l.model = f.model AND l.upstream = f.upstream
            WHERE f.kind = 'regression' AND l.t >= f.begin - INTERVAL {{.UsualDays}} DAY
        )
        WHERE t >= begin AND isFinite(y)
        UNION ALL
        SELECT f.finding_id, b.t, sum(b.n), sum(b.s) / sum(b.n)
        FROM dated AS f INNER JOIN {{.DB}}.blocks_10m AS b FINAL ON b.metric = f.metric AND b.model = f.model AND b.app = f.app
        WHERE f.kind = 'rate' AND b.measure = 'rate' AND b.t >= f.begin AND b.t < run AND (f.upstream = '' OR b.upstream = f.upstream)
        GROUP BY f.finding_id, b.t
        UNION ALL
        SELECT s.finding_id, s.t, 1, log(ifNull(c.cost, 0) + 0.01)
        FROM (SELECT finding_id, user_id, toDateTime(arrayJoin(range(toUInt32(toStartOfInterval(begin, INTERVAL 10 MINUTE)), toUInt32(run), 600)), 'UTC') AS t FROM dated WHERE kind = 'cost_spike') AS s
        LEFT JOIN
        (
            SELECT user_id, toStartOfInterval(ts, INTERVAL 10 MINUTE) AS t, sum(toFloat64(cost_usd)) AS cost FROM {{.DB}}.calls
            WHERE ts >= (SELECT min(begin) FROM dated WHERE kind = 'cost_spike') AND ts < run AND user_id IN (SELECT user_id FROM dated WHERE kind = 'cost_spike')
            GROUP BY user_id, t
        ) AS c ON c.user_id = s.user_id AND c.t = s.t
    ),
    splits AS
    (
        SELECT p.finding_id AS id, arraySort(groupArray((p.t, p.w, p.w * p.y))) AS blocks, arrayCumSum(b -> b.2, blocks) AS weights, arrayCumSum(b -> b.3, blocks) AS sums,
            weights[-1] AS weight, sums[-1] AS total, length(blocks) AS n,
            arrayMap((w, s, i) -> if(i >= 3 AND i <= n - 3 AND s * weight < total * w, pow(total * w / weight - s, 2) * weight / (w * (weight - w)), 0), weights, sums, arrayEnumerate(blocks)) AS differences,
            blocks[indexOf(differences, arrayMax(differences)) + 1].1 AS moment, arrayMax(differences) > 0 AS found
        FROM points AS p GROUP BY id
    )
SELECT f.* EXCEPT (begin) REPLACE (s.moment AS since, f.updated_at + toIntervalMillisecond(1) AS updated_at)
FROM dated AS f INNER JOIN splits AS s ON s.id = f.finding_id
WHERE s.found
