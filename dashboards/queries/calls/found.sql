SELECT
    c.ts AS time,
    toString(c.call_id) AS call,
    c.conversation_id AS conversation,
    c.user_id AS user,
    c.model AS model,
    toString(c.outcome) AS outcome,
    c.input_tokens AS input_tokens,
    c.output_tokens AS output_tokens,
    c.duration_us / 1e6 AS total,
    length(c.fidelity_failed) AS broken,
    toFloat64(c.cost_usd) AS cost_usd
FROM calls AS c
WHERE {{calls}}
    AND ({conversation:String} = '' OR c.conversation_id = {conversation:String})
    AND ({call:String} = '' OR c.call_id = toUUIDOrZero({call:String})
        OR c.trace_id = {call:String} OR c.response_id = {call:String} OR c.key_hash = {call:String})
ORDER BY c.ts DESC
LIMIT 200
