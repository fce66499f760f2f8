SELECT countIf(c.error_type = 'rate_limit') AS calls
FROM calls AS c
WHERE {{calls}}
