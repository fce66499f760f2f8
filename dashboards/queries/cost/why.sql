-- cost = calls × tokens per call × price per token: each as a multiple of the same length of time before.
WITH h.t >= toStartOfHour($__fromTime) AS now_in_range
SELECT
    h.user_id AS user,
    h.model AS model,
    toFloat64(sumIf(h.cost_usd, now_in_range)) AS cost_usd,
    toFloat64(sumIf(h.cost_usd, NOT now_in_range)) AS cost_before,
    cost_usd - cost_before AS cost_change,
    sumIf(h.calls, now_in_range) AS calls,
    calls / nullIf(sumIf(h.calls, NOT now_in_range), 0) AS calls_ratio,
    sumIf(h.input_tokens + h.output_tokens, now_in_range) / nullIf(calls, 0) AS tokens_per_call,
    tokens_per_call / nullIf(sumIf(h.input_tokens + h.output_tokens, NOT now_in_range) / nullIf(sumIf(h.calls, NOT now_in_range), 0), 0) AS tokens_ratio,
    cost_usd / nullIf(sumIf(h.input_tokens + h.output_tokens, now_in_range), 0) * 1e6 AS usd_per_million,
    usd_per_million / nullIf(cost_before / nullIf(sumIf(h.input_tokens + h.output_tokens, NOT now_in_range), 0) * 1e6, 0) AS price_ratio,
    sumIf(h.cache_read_tokens, now_in_range) / nullIf(sumIf(h.input_tokens, now_in_range), 0) AS cached_share
FROM cost_1h AS h
WHERE h.t >= toStartOfHour($__fromTime) - ($__toTime - $__fromTime) AND h.t <= $__toTime
    AND {{cost_callers}}
GROUP BY user, model
HAVING calls > 0
ORDER BY cost_usd DESC, user, model
LIMIT 50
