SELECT toFloat64(ifNull(sum(f.cost_usd), 0)) AS cost_usd
FROM findings AS f FINAL
WHERE f.state = 'open'
    AND {{findings}}
