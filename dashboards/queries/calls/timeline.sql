WITH if({conversation:String} != '', {conversation:String},
    (SELECT any(conversation_id) FROM calls WHERE call_id = toUUIDOrZero({call:String}))) AS wanted
SELECT *
FROM (
    SELECT
        c.ts AS time,
        toString(c.call_id) AS call,
        c.turn AS turn,
        c.model AS model,
        toString(c.outcome) AS outcome,
        arrayStringConcat(c.tool_names, ', ') AS tools,
        arrayStringConcat(arrayConcat(c.fidelity_failed, c.fidelity_suspected), ', ') AS failed,
        c.input_tokens AS input_tokens,
        c.output_tokens AS output_tokens,
        if(c.stream AND c.ttfc_us > 0, c.ttfc_us / 1e6, NULL) AS ttfc,
        c.duration_us / 1e6 AS total,
        toFloat64(c.cost_usd) AS cost_usd
    FROM calls AS c
    WHERE c.conversation_id = wanted AND c.conversation_id != ''
    ORDER BY c.ts DESC
    LIMIT 500
)
ORDER BY time
