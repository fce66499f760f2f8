-- A name that moved: what answers to a model name was one thing for days and is another now. Looked at are the model that the
-- answer names, and where that stayed, the fingerprint of the system.
WITH
    {{.Run}} AS run,
    blocks AS
    (
        SELECT c.model_requested AS name, c.upstream AS upstream, what.1 AS metric, what.2 AS value, toStartOfInterval(c.ts, INTERVAL 10 MINUTE) AS t, count() AS calls
        FROM {{.DB}}.calls AS c
        ARRAY JOIN [('model', toString(c.model)), ('system_fingerprint', toString(c.system_fingerprint))] AS what
        WHERE c.ts >= run - INTERVAL 3 DAY AND c.ts < run AND c.model_requested != '' AND c.outcome = 'ok' AND what.2 != '' AND {{.InScope "c"}}
        GROUP BY name, upstream, metric, value, t
    ),
    answers AS
    (
        SELECT b.name AS name, b.upstream AS upstream, b.metric AS metric, b.value AS value, sumIf(b.calls, b.t >= run - INTERVAL 30 MINUTE) AS recent,
            sumIf(b.calls, b.t < run - INTERVAL 1 DAY) AS past, sum(b.calls) AS calls, min(b.t) AS first
        FROM blocks AS b GROUP BY name, upstream, metric, value
    ),
    moved AS
    (
        SELECT a.name AS name, a.upstream AS upstream, a.metric AS metric, argMax(a.value, a.recent) AS after, argMax(a.value, a.past) AS before,
            max(a.recent) AS n1, max(a.past) AS n0, sum(a.recent) AS all1, sum(a.past) AS all0, argMax(a.first, a.recent) AS since, argMax(a.calls, a.recent) AS calls
        FROM answers AS a GROUP BY name, upstream, metric
        HAVING after != before AND n1 >= {{.Alias.CallsMin}} AND n0 >= {{.Alias.CallsMin}} AND n1 >= {{.Alias.Share}} * all1 AND n0 >= {{.Alias.Share}} * all0
    )
SELECT run, 'alias' AS detector, 'alias_moved' AS kind, if(metric = 'model', 'ticket', 'info') AS severity, 'model, upstream' AS key_kind,
    concat(name, ', ', upstream) AS key, metric, name AS model, upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id,
    since, {{.Unknown}} AS value_before, {{.Unknown}} AS value_after, {{.Unknown}} AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, {{.Unknown}} AS z_score,
    calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, run - INTERVAL 3 DAY AS baseline_from, run - INTERVAL 1 DAY AS baseline_to,
    format('{} of {} was {} and is {}', metric, name, before, after) AS message
FROM moved
ORDER BY metric
LIMIT 1 BY key
