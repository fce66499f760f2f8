SELECT sumIf(n, outcome = 'client_abort') / sumIf(n, outcome != 'refused') AS share
FROM (
    SELECT c.outcome AS outcome, count() AS n
    FROM calls AS c
    WHERE {{calls}}
    GROUP BY outcome
)
