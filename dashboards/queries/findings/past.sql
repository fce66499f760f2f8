SELECT
    toString(f.severity) AS severity,
    f.kind AS kind,
    f.closed_at AS closed_at,
    {{finding}}
FROM findings AS f FINAL
WHERE f.state = 'closed'
    AND f.since <= $__toTime AND f.closed_at >= $__fromTime
ORDER BY f.since DESC, f.finding_id
LIMIT 100
