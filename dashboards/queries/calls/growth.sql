WITH if({conversation:String} != '', {conversation:String},
    (SELECT any(conversation_id) FROM calls WHERE call_id = toUUIDOrZero({call:String}))) AS wanted
SELECT *
FROM (
    SELECT
        toDateTime(c.ts) AS time,
        sum(c.input_tokens) AS input_tokens,
        sum(c.output_tokens) AS output_tokens
    FROM calls AS c
    WHERE c.conversation_id = wanted AND c.conversation_id != ''
    GROUP BY time
    ORDER BY time DESC
    LIMIT 500
)
ORDER BY time
