SELECT
    {{finding}}
FROM findings AS f FINAL
WHERE f.state = 'open'
ORDER BY f.severity DESC, f.since DESC, f.finding_id
LIMIT 100
