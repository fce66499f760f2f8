SELECT
    {{finding}},
    f.closed_at AS closed_at
FROM findings AS f FINAL
WHERE f.state = 'closed'
    AND f.since <= $__toTime AND f.closed_at >= $__fromTime
    AND {{findings}}
ORDER BY f.since DESC, f.finding_id
LIMIT 100
