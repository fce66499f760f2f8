-- A name that moved: one model answered to it, and since some moment another does. The moment is where both sides are purest; a
-- name that several answer to at once has not moved. Nor has one that is back: an incident of it told of that, and the return would look
-- like a move as soon as the window no longer reaches back to what answered first. The answer to a count of tokens names no model, so its row
-- has the one that was asked for.
WITH
    {{.Run}} AS run,
    (
        SELECT groupArray((key, message, assumeNotNull(closed_at))) FROM {{.DB}}.findings FINAL
        WHERE kind = 'alias_moved' AND state = 'closed' AND closed_at > run - INTERVAL 3 DAY AND closed_at <= run
    ) AS over,
    blocks AS
    (
        SELECT *, max(t) OVER (PARTITION BY name, upstream) AS last FROM
        (
            SELECT c.model_requested AS name, c.upstream AS upstream, toString(c.model) AS answer, toStartOfInterval(c.ts, INTERVAL 10 MINUTE) AS t, count() AS calls, groupArraySorted(5)((c.ts, c.call_id)) AS first_calls
            FROM {{.DB}}.calls AS c
            WHERE c.ts >= run - INTERVAL 3 DAY AND c.ts < run AND c.model_requested != '' AND c.outcome = 'ok' AND c.model != '' AND {{.CallInScope "c"}}
                AND {{.ModelWorks "c"}}
            GROUP BY name, upstream, answer, t
        )
    ),
    answers AS
    (
        SELECT b.name AS name, b.upstream AS upstream, b.answer AS answer, sum(b.calls) AS calls, sumIf(b.calls, b.t > b.last - INTERVAL 1 HOUR) AS recent,
            groupArray((b.t, toInt64(b.calls), b.first_calls)) AS blocks
        FROM blocks AS b GROUP BY name, upstream, answer
    ),
    -- the answer of the last hour, and the one that was most frequent of the others
    names AS
    (
        SELECT a.name AS name, a.upstream AS upstream, arrayReverseSort(x -> (x.1, x.2), groupArray((a.recent, a.calls, a.answer, a.blocks))) AS by_recent,
            by_recent[1] AS now, arrayReverseSort(x -> x.2, arraySlice(by_recent, 2))[1] AS once, arrayFlatten(arrayMap(x -> x.4, by_recent)) AS all_blocks
        FROM answers AS a GROUP BY name, upstream HAVING count() > 1
    ),
    split AS
    (
        SELECT *, arraySort(arrayConcat(arrayMap(x -> (x.1, -x.2), now.4), arrayMap(x -> (x.1, x.2), once.4))) AS steps, arrayCumSum(x -> x.2, steps) AS lead,
            steps[indexOf(lead, arrayMax(lead))].1 AS last_once, arraySort(arrayFilter(x -> x.1 > last_once, now.4)) AS after,
            arraySum(x -> x.2, after) AS n1, arraySum(x -> if(x.1 > last_once, x.2, 0), all_blocks) AS all1,
            arraySum(x -> if(x.1 <= last_once, x.2, 0), once.4) AS n0, arraySum(x -> if(x.1 <= last_once, x.2, 0), all_blocks) AS all0
        FROM names
    )
SELECT run, 'alias' AS detector, 'alias_moved' AS kind, 'ticket' AS severity, 'model, upstream' AS key_kind,
    concat(name, ', ', upstream) AS key, 'model' AS metric, name AS model, upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id,
    toDateTime(after[1].3[1].1) AS since, {{.Unknown}} AS value_before, {{.Unknown}} AS value_after, {{.Unknown}} AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, {{.Unknown}} AS z_score,
    toUInt64(n1) AS calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, run - INTERVAL 3 DAY AS baseline_from, since AS baseline_to,
    format('model of {} was {} and is {}', name, once.3, now.3) AS message, arrayMap(x -> x.2, arraySlice(arrayFlatten(after.3), 1, 5)) AS example_calls
FROM split
WHERE n1 >= {{.Alias.CallsMin}} AND n0 >= {{.Alias.CallsMin}} AND n1 >= {{.Alias.Share}} * all1 AND n0 >= {{.Alias.Share}} * all0
    AND NOT arrayExists(o -> o.1 = key AND o.2 = format('model of {} was {} and is {}', name, now.3, once.3) AND o.3 >= since, over)
ORDER BY {{.OpenFirst}}, n1 DESC, key
LIMIT {{.FindingsMax}}
