SELECT count() AS findings
FROM findings_latest AS f
WHERE f.state = 'open' AND f.severity = 'page' AND NOT f.silenced
    AND {{findings}}
