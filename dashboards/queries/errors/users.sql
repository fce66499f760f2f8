SELECT
    c.user_id AS user,
    count() AS calls,
    countIf(c.outcome != 'ok') AS not_ok,
    not_ok / calls AS share,
    countIf(c.error_type = 'rate_limit') AS rate_limits,
    countIf(c.error_type = 'context_length') AS context_overflows,
    countIf(c.outcome = 'client_abort') AS aborts,
    countIf(c.retry > 0) AS retries,
    toFloat64(sumIf(c.cost_usd, c.outcome != 'ok')) AS cost_usd
FROM calls AS c
WHERE {{calls}}
GROUP BY user
HAVING not_ok > 0 OR retries > 0
ORDER BY not_ok DESC, user
LIMIT 50
