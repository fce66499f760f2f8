SELECT
    c.ts AS time,
    toString(c.call_id) AS call,
    c.user_id AS user,
    c.model AS model,
    c.upstream AS upstream,
    if(c.stream AND c.ttfc_us > 0, c.ttfc_us / 1e6, NULL) AS ttfc,
    if(c.stream, c.max_gap_us / 1e6, NULL) AS worst_gap,
    c.duration_us / 1e6 AS total,
    c.input_tokens AS input_tokens,
    c.output_tokens AS output_tokens
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok'
ORDER BY c.duration_us DESC, c.ts
LIMIT 20
