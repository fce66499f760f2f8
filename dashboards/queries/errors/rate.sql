-- A call over a budget reached no server: however many there are, they make no error rate look better.
SELECT sumIf(n, outcome IN ('upstream_error', 'timeout', 'tap_error')) / sumIf(n, outcome != 'refused') AS share
FROM (
    SELECT c.outcome AS outcome, count() AS n
    FROM calls AS c
    WHERE {{calls}}
    GROUP BY outcome
)
