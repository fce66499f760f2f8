SELECT
    if(c.user_id = '', '(unknown)', c.user_id) AS user,
    c.team AS team,
    count() AS calls,
    countIf(c.outcome != 'ok') AS not_ok,
    sum(c.input_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.cost_usd) AS cost_usd,
    countIf(c.cost_usd IS NULL) AS calls_without_price
FROM llmtap.calls AS c
WHERE c.ts >= now() - toIntervalSecond({seconds:UInt32})
GROUP BY user, team
ORDER BY cost_usd DESC NULLS LAST, calls DESC, user
LIMIT 100
FORMAT PrettyCompactMonoBlock
SETTINGS output_format_pretty_row_numbers = 0
