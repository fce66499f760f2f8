SELECT f.kind AS kind, f.key AS key, f.metric AS metric, toFloat64(count()) AS value
FROM findings AS f FINAL
WHERE f.state = 'open' AND f.severity = 'ticket'
GROUP BY kind, key, metric
