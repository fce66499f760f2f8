SELECT
    c.upstream AS upstream,
    c.model AS model,
    count() AS calls,
    countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) AS errors,
    errors / nullIf(countIf(c.outcome != 'refused'), 0) AS share,
    countIf(c.outcome = 'timeout') AS timeouts,
    countIf(c.error_type = 'rate_limit') AS rate_limits,
    countIf(c.error_type = 'context_length') AS context_overflows,
    countIf(c.outcome = 'client_abort') AS aborts
FROM calls AS c
WHERE {{calls}}
GROUP BY upstream, model
ORDER BY errors DESC, calls DESC, upstream, model
LIMIT 50
