SELECT
    c.ts AS time,
    toString(c.call_id) AS call,
    c.user_id AS user,
    c.model AS model,
    c.upstream AS upstream,
    toString(c.outcome) AS outcome,
    c.error_type AS error_type,
    c.http_status AS http_status,
    c.retry AS retry,
    c.duration_us / 1e6 AS total
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'ok'
ORDER BY c.ts DESC
LIMIT 50
