SELECT {{step}} AS time, toString(c.outcome) AS outcome, toFloat64(ifNull(sum(c.cost_usd), 0)) AS cost_usd
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'ok'
GROUP BY time, outcome
ORDER BY time, outcome
