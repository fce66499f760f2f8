-- cost = calls × tokens per call × price per token: each as a multiple of the same number of hours before, and the one farthest from 1.
WITH
    h.t >= toStartOfHour($__fromTime) AS now_in_range,
    [calls_ratio, tokens_ratio, price_ratio] AS factors,
    arraySort(x -> -abs(log(x.1)), arrayFilter(x -> x.1 > 0, arrayZip(factors, ['calls', 'tokens per call', 'price per token'])))[1] AS first_factor
SELECT
    h.user_id AS user,
    h.model AS model,
    toFloat64(sumIf(h.cost_usd, now_in_range)) AS cost_usd,
    toFloat64(sumIf(h.cost_usd, NOT now_in_range)) AS cost_before,
    multiIf(
        sumIf(h.calls, NOT now_in_range) = 0, 'not seen before',
        ifNull(abs(log(first_factor.1)), 0) < log(1.2), 'about as before',
        if(first_factor.1 > 1, 'more ', 'less ') || first_factor.2) AS reason,
    calls / nullIf(sumIf(h.calls, NOT now_in_range), 0) AS calls_ratio,
    tokens_per_call / nullIf(sumIf(h.input_tokens + h.output_tokens, NOT now_in_range) / nullIf(sumIf(h.calls, NOT now_in_range), 0), 0) AS tokens_ratio,
    usd_per_million / nullIf(cost_before / nullIf(sumIf(h.input_tokens + h.output_tokens, NOT now_in_range), 0) * 1e6, 0) AS price_ratio,
    sumIf(h.calls, now_in_range) AS calls,
    sumIf(h.input_tokens + h.output_tokens, now_in_range) / nullIf(calls, 0) AS tokens_per_call,
    cost_usd / nullIf(sumIf(h.input_tokens + h.output_tokens, now_in_range), 0) * 1e6 AS usd_per_million,
    sumIf(h.cache_read_tokens, now_in_range) / nullIf(sumIf(h.input_tokens, now_in_range), 0) AS cached_share
FROM cost_1h AS h
WHERE h.t >= {{before}} AND h.t <= $__toTime
    AND {{cost_callers}}
GROUP BY user, model
HAVING calls > 0
ORDER BY cost_usd DESC, user, model
LIMIT 50
