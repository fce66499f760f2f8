SELECT
    c.conversation_id AS conversation,
    toFloat64(sum(c.cost_usd)) AS cost_usd,
    any(c.user_id) AS user,
    arrayStringConcat(groupUniqArray(5)(toString(c.model)), ', ') AS models,
    count() AS calls,
    sum(c.input_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens,
    min(c.ts) AS first_call,
    dateDiff('second', min(c.ts), max(c.ts)) AS lasted_s
FROM calls AS c
WHERE {{calls}}
    AND c.conversation_id IN (
        SELECT c.conversation_id
        FROM calls AS c
        WHERE {{calls}}
            AND c.conversation_id != ''
        GROUP BY c.conversation_id
        ORDER BY sum(c.cost_usd) DESC NULLS LAST, c.conversation_id
        LIMIT 20
    )
GROUP BY conversation
ORDER BY cost_usd DESC NULLS LAST, conversation
LIMIT 20
