SELECT
    toString(c.outcome) AS outcome,
    c.error_type AS error_type,
    c.http_status AS http_status,
    count() AS calls,
    uniq(c.user_id) AS users,
    sum(c.duration_us) / 1e6 AS waited,
    toFloat64(sum(c.cost_usd)) AS cost_usd,
    max(c.ts) AS last_seen,
    toString(argMax(c.call_id, c.ts)) AS call
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'ok'
GROUP BY outcome, error_type, http_status
ORDER BY calls DESC, outcome, error_type, http_status
LIMIT 50
