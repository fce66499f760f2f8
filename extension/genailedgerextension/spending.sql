SELECT %s AS key,
    sum(ifNull(cost_usd, 0)) AS cost,
    sum(toInt64(ifNull(input_tokens, 0)) + toInt64(ifNull(output_tokens, 0))) AS tokens,
    toInt64(count()) AS calls
FROM calls
WHERE ts >= {begin:DateTime64(6, 'UTC')} - INTERVAL 1 DAY AND outcome != 'refused'
    AND operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens')
    AND ts + toIntervalMicrosecond(duration_us) >= {begin:DateTime64(6, 'UTC')}
    AND ts + toIntervalMicrosecond(duration_us) < {end:DateTime64(6, 'UTC')}
    AND key != '' AND ({match:String} = '' OR key = {match:String})
GROUP BY key
ORDER BY cost DESC, tokens DESC, calls DESC
LIMIT {accounts_max:UInt64}
