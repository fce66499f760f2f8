SELECT if(countIf(c.cost_usd IS NULL) > 0 AND ifNull(sum(c.cost_usd), 0) = 0, NULL, toFloat64(ifNull(sum(c.cost_usd), 0))) AS cost_usd
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'ok'
