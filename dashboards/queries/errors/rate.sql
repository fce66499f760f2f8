SELECT sumIf(n, outcome IN ('upstream_error', 'timeout', 'tap_error')) / sum(n) AS share
FROM (
    SELECT c.outcome AS outcome, count() AS n
    FROM calls AS c
    WHERE {{calls}}
    GROUP BY outcome
)
