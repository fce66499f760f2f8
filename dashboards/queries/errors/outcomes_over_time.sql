SELECT {{step}} AS time, toString(c.outcome) AS outcome, count() AS calls
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'ok'
GROUP BY time, outcome
ORDER BY time, outcome
