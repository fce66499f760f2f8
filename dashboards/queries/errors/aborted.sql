SELECT countIf(c.outcome = 'client_abort') / count() AS share
FROM calls AS c
WHERE {{calls}}
