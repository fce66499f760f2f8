-- Loops: a conversation of the last hour that makes the same tool call again and again, sends the same prompt again and again,
-- or goes to and fro between two calls. What an SDK says that it tries again is no loop, nor are equal prompts that stand alone.
WITH
    {{.Run}} AS run,
    conversations AS
    (
        SELECT c.conversation_id AS conversation_id, any(c.user_id) AS owner, count() AS calls, sum(c.cost_usd) AS cost,
            arrayMap(x -> (x.2, x.3, x.4), arraySort(groupArray({{.Loop.CallsMax}})((c.ts, c.toolcall_hash, c.prompt_hash, toDateTime(c.ts))))) AS steps,
            arrayFilter(x -> x.1 != 0, steps) AS made, arrayMap(x -> x.1, made) AS tools,
            arrayFilter(x -> x.2 != 0, steps) AS asked, arrayMap(x -> x.2, asked) AS prompts,
            arrayMap(h -> (countEqual(tools, h), h), arrayDistinct(tools)) AS counted, arrayMax(counted) AS most,
            arrayMap(h -> (countEqual(prompts, h), h), arrayDistinct(prompts)) AS counted_prompts, arrayMax(counted_prompts) AS most_prompts,
            -- the longest stretch in which each step is equal to the one before, or to the one before that but not to that
            arrayMax(arrayConcat([toUInt64(0)], arrayMap(p -> length(p), arraySplit((h, i) -> i > 1 AND tools[i - 1] != h, tools, arrayEnumerate(tools))))) AS in_row,
            arrayMax(arrayConcat([toUInt64(0)], arrayMap(p -> toUInt64(length(p) + 1), arraySplit((h, i) -> NOT (i > 2 AND tools[i - 2] = h AND tools[i - 1] != h), tools, arrayEnumerate(tools))))) AS to_and_fro
        FROM {{.DB}}.calls AS c
        WHERE c.ts >= run - INTERVAL 1 HOUR AND c.ts < run AND c.conversation_id != '' AND c.retry = 0 AND {{.InScope "c"}}
            AND (c.toolcall_hash != 0 OR NOT c.conversation_derived OR c.turn > 2)
        GROUP BY conversation_id
        HAVING calls >= {{.Loop.InRow}}
    ),
    judged AS
    (
        SELECT *, multiIf(most.1 >= {{.Loop.SameCall}}, 'same_tool_call', in_row >= {{.Loop.InRow}}, 'same_tool_call',
            most_prompts.1 >= {{.Loop.SamePrompt}}, 'same_prompt', to_and_fro >= {{.Loop.Oscillation}}, 'oscillation', '') AS shape
        FROM conversations
    )
SELECT run, 'loops' AS detector, 'loop' AS kind, 'page' AS severity, 'conversation' AS key_kind, conversation_id AS key, 'calls' AS metric,
    '' AS model, '' AS upstream, '' AS app, '' AS team, '' AS user_id, conversation_id,
    multiIf(shape = 'same_tool_call', arrayFirst(x -> x.1 = most.2, made).3, shape = 'same_prompt', arrayFirst(x -> x.2 = most_prompts.2, asked).3, made[1].3) AS since,
    {{.Unknown}} AS value_before, toFloat64(multiIf(shape = 'same_tool_call', most.1, shape = 'same_prompt', most_prompts.1, to_and_fro)) AS value_after,
    {{.Unknown}} AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, {{.Unknown}} AS z_score, calls, cost AS cost_usd,
    CAST(NULL, 'Nullable(DateTime)') AS baseline_from, CAST(NULL, 'Nullable(DateTime)') AS baseline_to,
    format('conversation {} of user {}: {}, {} times', conversation_id, owner, replaceAll(shape, '_', ' '), toString(toUInt64(assumeNotNull(value_after)))) AS message
FROM judged
WHERE shape != ''
ORDER BY calls DESC
LIMIT {{.FindingsMax}}
