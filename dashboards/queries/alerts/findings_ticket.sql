SELECT f.kind AS kind, f.key AS key, f.metric AS metric, toFloat64(count()) AS value
FROM findings_latest AS f
WHERE f.state = 'open' AND f.severity = 'ticket' AND NOT f.silenced
GROUP BY kind, key, metric
