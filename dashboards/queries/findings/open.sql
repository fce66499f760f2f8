SELECT
    {{finding}},
    multiIf(f.silenced, 'silenced', f.acknowledged_by != '', 'seen by ' || f.acknowledged_by, '') AS handled
FROM findings_latest AS f
WHERE f.state = 'open'
    AND {{findings}}
ORDER BY f.severity DESC, f.since DESC, f.finding_id
LIMIT 100
