SELECT countIf(c.error_type = 'context_length') AS calls
FROM calls AS c
WHERE {{calls}}
