SELECT
    toString(f.severity) AS severity,
    f.kind AS kind,
    {{finding}}
FROM findings AS f FINAL
WHERE f.state = 'open'
ORDER BY f.severity DESC, f.since DESC, f.finding_id
LIMIT 100
