-- cost = calls × tokens per call × price per token: each as a multiple of the same number of hours before, and the one farthest from 1.
-- Calls that a budget refused cost nothing: with them, whoever tries again and again would seem to make more and smaller calls.
WITH
    [calls_ratio, tokens_ratio, price_ratio] AS factors,
    arraySort(x -> -abs(log(x.1)), arrayFilter(x -> x.1 > 0, arrayZip(
        factors,
        ['more calls', 'more tokens per call', 'higher price per token'],
        ['fewer calls', 'fewer tokens per call', 'lower price per token'])))[1] AS first_factor
SELECT
    user,
    model,
    if(sumIf(without_price, recent) > 0 AND sumIf(usd, recent) = 0, NULL, toFloat64(sumIf(usd, recent))) AS cost_usd,
    if(sumIf(without_price, NOT recent) > 0 AND sumIf(usd, NOT recent) = 0, NULL, toFloat64(sumIf(usd, NOT recent))) AS cost_before,
    multiIf(
        n_before = 0, 'not seen before',
        ifNull(abs(log(first_factor.1)), 0) < log(1.2), 'about as before',
        if(first_factor.1 > 1, first_factor.2, first_factor.3)) AS reason,
    calls / nullIf(sumIf(n, NOT recent) AS n_before, 0) AS calls_ratio,
    tokens_per_call / nullIf((sumIf(tokens, NOT recent) AS tokens_before) / nullIf(n_before, 0), 0) AS tokens_ratio,
    usd_per_million / nullIf(cost_before / nullIf(tokens_before, 0) * 1e6, 0) AS price_ratio,
    sumIf(n, recent) AS calls,
    sumIf(tokens, recent) / nullIf(calls, 0) AS tokens_per_call,
    cost_usd / nullIf(sumIf(tokens, recent), 0) * 1e6 AS usd_per_million,
    sumIf(cached, recent) / nullIf(sumIf(input, recent), 0) AS cached_share
FROM (
    SELECT
        h.user_id AS user, h.model AS model, h.t >= toStartOfHour($__fromTime, 'UTC') AS recent,
        sum(h.cost_usd) AS usd, sum(h.unpriced) AS without_price, toUInt64(sum(h.calls) - sum(h.refused)) AS n, sum(h.input_tokens) AS input, sum(h.cache_read_tokens) AS cached,
        sum(h.input_tokens + h.output_tokens) AS tokens
    FROM cost_1h AS h
    WHERE h.t >= {{before}} AND h.t < $__toTime
        AND {{cost_callers}}
    GROUP BY user, model, recent
)
GROUP BY user, model
HAVING calls > 0
ORDER BY cost_usd DESC NULLS LAST, user, model
LIMIT 50
