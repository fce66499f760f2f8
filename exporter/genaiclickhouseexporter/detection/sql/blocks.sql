-- Not a detector: closes the ten-minute blocks of every series. The last hour is done again, for calls that came late. Where
-- blocks are missing, a day of them is made at once and the rest with the next runs.
WITH
    {{.Run}} AS run,
{{template "next.sql" .}},
    toStartOfInterval(if(next > last, next - INTERVAL 10 MINUTE, last), INTERVAL 10 MINUTE) - INTERVAL 1 HOUR AS begin
SELECT t, measure, metric, model, upstream, app, stratum, sum(calls_of_user) AS calls,
    -- money and tokens: each user weighs the same, so that a busy one does not move the mean of all
    sum(if(per_user, 1, calls_of_user)) AS n,
    sum(if(per_user, sum_of_user / calls_of_user, sum_of_user)) AS s,
    now() AS computed_at
FROM
(
    SELECT toStartOfInterval(m.ts, INTERVAL 10 MINUTE) AS t, m.measure AS measure, m.metric AS metric, m.model AS model,
        m.upstream AS upstream, m.series_app AS app, m.stratum AS stratum,
        m.metric IN ('cost_per_call', 'output_tokens', 'input_tokens') AS per_user, if(per_user, m.user_id, '') AS user,
        count() AS calls_of_user, sum(m.x) AS sum_of_user
    FROM {{.DB}}.call_measures AS m
    WHERE m.ts >= begin AND m.ts < least(run, begin + INTERVAL 25 HOUR) AND {{.InScope "m"}}
    GROUP BY t, measure, metric, model, upstream, app, stratum, per_user, user
)
GROUP BY t, measure, metric, model, upstream, app, stratum
