SELECT u.upstream AS upstream, sum(u.calls) AS calls
FROM unrecorded AS u FINAL
WHERE u.ts >= toStartOfHour($__fromTime, 'UTC') AND u.ts <= $__toTime
    AND ('*' IN {upstream:Array(String)} OR u.upstream IN {upstream:Array(String)})
GROUP BY upstream
ORDER BY calls DESC, upstream
LIMIT 10
