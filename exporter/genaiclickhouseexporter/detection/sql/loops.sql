-- Loops: a conversation of the last hour that makes the same tool call again and again, sends the same prompt again and again,
-- or goes to and fro between two calls. What an SDK says that it tries again is no loop, nor are equal prompts that stand alone, nor a
-- response with a call that is fetched until it is whole. Ids are the applications' own, so the same id of two users, or in two
-- applications, is of two conversations, and the key of what is flagged has all three.
WITH
    {{.Run}} AS run,
    conversations AS
    (
        SELECT c.conversation_id AS conversation_id, c.user_id AS owner, c.app AS app, count() AS calls, sum(c.cost_usd) AS cost,
            arrayReverse(groupArraySorted({{.Loop.CallsMax}})((-toUnixTimestamp64Micro(c.ts), (c.ts, c.toolcall_hash, c.prompt_hash, c.call_id))).2) AS steps
        FROM {{.DB}}.calls AS c
        WHERE c.ts >= run - INTERVAL 1 HOUR AND c.ts < run AND c.conversation_id != '' AND c.retry = 0 AND {{.CallInScope "c"}}
            AND {{.ModelWorks "c"}}
            AND (c.toolcall_hash != 0 OR NOT c.conversation_derived OR c.turn > 2)
        GROUP BY conversation_id, owner, app
        HAVING calls >= {{.Loop.CallsMin}}
    ),
    repeats AS
    (
        SELECT *, arrayFilter(h -> h != 0, arrayMap(s -> s.2, steps)) AS tools, arrayFilter(h -> h != 0, arrayMap(s -> s.3, steps)) AS prompts,
            arrayMax(arrayMap(h -> (countEqual(tools, h), h), arrayDistinct(tools))) AS most, arrayMax(arrayMap(h -> (countEqual(prompts, h), h), arrayDistinct(prompts))) AS most_prompts,
            arrayResize(arrayPushFront(tools, 0), length(tools)) AS before, arrayResize(arrayPushFront(before, 0), length(tools)) AS before_that,
            -- the longest stretch in which each step is equal to the one before, or to the one before that but not to that
            arraySort(p -> -length(p), arraySplit((h, b) -> h != b, tools, before))[1] AS row,
            arraySort(p -> -length(p), arraySplit((h, b, bb) -> NOT (h = bb AND h != b), tools, before, before_that))[1] AS turns
        FROM conversations
    ),
    judged AS
    (
        SELECT *, multiIf(most.1 >= {{.Loop.SameCall}} OR length(row) >= {{.Loop.InRow}}, 'same_tool_call', most_prompts.1 >= {{.Loop.SamePrompt}}, 'same_prompt',
                length(turns) + 1 >= {{.Loop.Oscillation}}, 'oscillation', '') AS shape,
            multiIf(shape = 'same_prompt', [most_prompts.2], shape = 'oscillation', turns, most.1 >= {{.Loop.SameCall}}, [most.2], [row[1]]) AS hashes,
            arrayFilter(s -> has(hashes, if(shape = 'same_prompt', s.3, s.2)), steps) AS repeated
        FROM repeats
        WHERE shape != ''
    )
SELECT run, 'loops' AS detector, 'loop' AS kind, 'page' AS severity, 'conversation' AS key_kind, arrayStringConcat([conversation_id, owner, app], ', ') AS key, 'calls' AS metric,
    '' AS model, '' AS upstream, app, '' AS team, owner AS user_id, conversation_id, toDateTime(repeated[1].1) AS since,
    {{.Unknown}} AS value_before, toFloat64(if(shape = 'oscillation', length(turns) + 1, length(repeated))) AS value_after,
    {{.Unknown}} AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, {{.Unknown}} AS z_score, calls, cost AS cost_usd,
    CAST(NULL, 'Nullable(DateTime)') AS baseline_from, CAST(NULL, 'Nullable(DateTime)') AS baseline_to,
    format('conversation {} of user {}: {}, {} times', conversation_id, owner, replaceAll(shape, '_', ' '), toString(toUInt64(assumeNotNull(value_after)))) AS message,
    arrayMap(s -> s.4, arraySlice(repeated, -5)) AS example_calls
FROM judged
ORDER BY {{.OpenFirst}}, calls DESC
LIMIT 1 BY key
LIMIT {{.FindingsMax}}
