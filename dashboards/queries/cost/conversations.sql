-- The dearest are chosen by a hash of their ids, which groups faster than the ids.
SELECT
    h.conversation_id AS conversation,
    {{usd}} AS cost_usd,
    any(h.user_id) AS user,
    arrayStringConcat(groupUniqArray(5)(toString(h.model)), ', ') AS models,
    sum(h.calls) AS calls,
    sum(h.input_tokens) AS input_tokens,
    sum(h.output_tokens) AS output_tokens,
    min(h.first_call) AS first_call,
    dateDiff('second', min(h.first_call), max(h.last_call)) AS lasted_s
FROM conversation_1h AS h
WHERE {{cost}}
    AND cityHash64(h.conversation_id) GLOBAL IN (
        SELECT cityHash64(h.conversation_id) AS hash
        FROM conversation_1h AS h
        WHERE {{cost}}
        GROUP BY hash
        ORDER BY sum(h.cost_usd) DESC, hash
        LIMIT 20
    )
GROUP BY conversation
ORDER BY cost_usd DESC NULLS LAST, conversation
LIMIT 20
