SELECT
    f.since AS since,
    f.kind AS kind,
    f.key AS key,
    toString(arrayJoin(f.example_calls)) AS call
FROM findings AS f FINAL
WHERE (f.state = 'open' OR f.state = 'closed' AND f.since <= $__toTime AND f.closed_at >= $__fromTime)
    AND {{findings}}
ORDER BY since DESC, kind, key, call
LIMIT 100
