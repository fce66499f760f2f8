-- Context growth: a conversation in which one tool call follows another without a word of the user, and the input grows in a
-- straight line, until each call costs many times what the first did. One that is in a loop has its incident already.
WITH
    {{.Run}} AS run,
    conversations AS
    (
        SELECT c.conversation_id AS conversation_id, c.user_id AS owner, c.app AS app, count() AS calls, sum(c.cost_usd) AS cost,
            arrayReverse(groupArraySorted({{.Loop.CallsMax}})((-toUnixTimestamp64Micro(c.ts), (c.ts, assumeNotNull(c.input_tokens), c.tool_calls > 0, c.call_id))).2) AS steps,
            -- the last stretch of calls that each continue a tool call
            arrayLastIndex(x -> NOT x.3, arrayPopBack(steps)) AS before, arraySlice(steps, before + 1) AS stretch,
            length(stretch) AS length_of_stretch, toFloat64(stretch[1].2) AS first, toFloat64(stretch[-1].2) AS last,
            if(length_of_stretch > 2, arrayReduce('corr', arrayMap(x -> toFloat64(x), arrayEnumerate(stretch)), arrayMap(x -> toFloat64(x.2), stretch)), 0) AS straight
        FROM {{.DB}}.calls AS c
        WHERE c.ts >= run - INTERVAL 1 HOUR AND c.ts < run AND c.conversation_id != '' AND c.outcome = 'ok' AND c.input_tokens > 0 AND {{.CallInScope "c"}}
        GROUP BY conversation_id, owner, app
        HAVING calls >= {{.Context.CallsMin}}
    )
SELECT run, 'context' AS detector, 'context_growth' AS kind, 'ticket' AS severity, 'conversation' AS key_kind, arrayStringConcat([conversation_id, owner, app], ', ') AS key, 'input_tokens' AS metric,
    '' AS model, '' AS upstream, app, '' AS team, owner AS user_id, conversation_id, toDateTime(stretch[1].1) AS since,
    first AS value_before, last AS value_after, last / first AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, straight AS z_score,
    calls, cost AS cost_usd, CAST(NULL, 'Nullable(DateTime)') AS baseline_from, CAST(NULL, 'Nullable(DateTime)') AS baseline_to,
    format('conversation {} of user {}: input grew from {} to {} tokens in {} calls', conversation_id, owner, toString(first), toString(last), toString(length_of_stretch)) AS message,
    arrayMap(x -> x.4, arraySlice(stretch, -5)) AS example_calls
FROM conversations
WHERE length_of_stretch >= {{.Context.CallsMin}} AND straight > {{.Context.CorrelationMin}} AND last >= {{.Context.RatioMin}} * first AND last >= {{.Context.TokensMin}}
    AND (conversation_id, owner, app) NOT IN (SELECT d.conversation_id, d.user_id, d.app FROM {{.DB}}.detections AS d WHERE d.run = {{.Run}} AND d.kind = 'loop')
ORDER BY {{.OpenFirst}}, last DESC
LIMIT 1 BY key
LIMIT {{.FindingsMax}}
