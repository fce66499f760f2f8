SELECT
    if(user_id = '', '(unknown)', user_id) AS user,
    team,
    count() AS calls,
    countIf(outcome != 'ok') AS not_ok,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(cost_usd) AS cost_usd,
    countIf(cost_usd IS NULL) AS calls_without_price
FROM llmtap.calls
WHERE ts >= now() - toIntervalSecond({seconds:UInt32})
GROUP BY user, team
ORDER BY cost_usd DESC NULLS LAST, calls DESC, user
LIMIT 100
FORMAT PrettyCompactMonoBlock
SETTINGS output_format_pretty_row_numbers = 0
