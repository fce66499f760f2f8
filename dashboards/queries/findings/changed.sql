SELECT
    f.since AS since,
    f.kind AS kind,
    f.key AS key,
    changed.1 AS what,
    changed.2 AS change
FROM findings AS f FINAL
ARRAY JOIN CAST(f.changed, 'Array(Tuple(String, String))') AS changed
WHERE (f.state = 'open' OR f.state = 'closed' AND f.since <= $__toTime AND f.closed_at >= $__fromTime)
    AND {{findings}}
ORDER BY since DESC, kind, key, what
LIMIT 100
