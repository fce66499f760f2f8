SELECT
    {{finding}},
    f.acknowledged_by AS seen_by,
    if(f.silenced > 0, 'silenced', '') AS silenced
FROM findings_latest AS f
WHERE f.state = 'open'
ORDER BY f.severity DESC, f.since DESC, f.finding_id
LIMIT 100
