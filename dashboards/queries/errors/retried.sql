SELECT countIf(c.retry > 0) AS calls
FROM calls AS c
WHERE {{calls}}
