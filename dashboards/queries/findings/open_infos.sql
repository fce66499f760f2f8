SELECT count() AS findings
FROM findings AS f FINAL
WHERE f.state = 'open' AND f.severity = 'info'
