SELECT count() AS findings
FROM findings_latest AS f
WHERE f.state = 'open' AND f.severity = 'ticket' AND NOT f.silenced
    AND {{findings}}
