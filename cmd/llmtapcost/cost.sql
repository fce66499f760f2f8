SELECT
    if(count() > 1, concat('(', toString(count()), ' others)'),
        if(any(g.user_id) = '', '(unknown)', replaceRegexpAll(any(g.user_id), '[\\p{Cc}\\p{Cf}]', '�'))) AS user,
    if(count() > 1, '', replaceRegexpAll(any(g.team), '[\\p{Cc}\\p{Cf}]', '�')) AS team,
    sum(g.calls) AS calls,
    sum(g.not_ok) AS not_ok,
    sum(g.input_tokens) AS input_tokens,
    sum(g.output_tokens) AS output_tokens,
    if(calls_without_price > 0 AND sum(g.cost_usd) = 0, NULL, sum(g.cost_usd)) AS cost_usd,
    sum(g.calls_without_price) AS calls_without_price
FROM (
    SELECT
        c.user_id AS user_id,
        toString(c.team) AS team,
        count() AS calls,
        countIf(c.outcome != 'ok') AS not_ok,
        sum(c.input_tokens) AS input_tokens,
        sum(c.output_tokens) AS output_tokens,
        sum(c.cost_usd) AS cost_usd,
        countIf(c.cost_usd IS NULL) AS calls_without_price,
        row_number() OVER (ORDER BY cost_usd DESC NULLS LAST, calls DESC, user_id, team) AS place
    FROM calls AS c
    WHERE c.ts >= now() - toIntervalSecond({seconds:UInt32})
    GROUP BY user_id, team
) AS g
GROUP BY least(g.place, {lines:UInt32}) AS line
ORDER BY line
FORMAT PrettyCompactMonoBlock
