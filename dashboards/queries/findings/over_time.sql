SELECT $__timeInterval(f.since) AS time, f.kind AS kind, count() AS findings
FROM findings AS f FINAL
WHERE f.state != 'pending' AND $__timeFilter(f.since)
    AND {{findings}}
GROUP BY time, kind
ORDER BY time, kind
