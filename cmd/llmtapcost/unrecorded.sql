SELECT concat(toString(sum(calls)), if(sum(calls) = 1, ' call was', ' calls were'), ' passed on but not recorded (',
    arrayStringConcat(groupArray(concat(reason, ': ', toString(calls))), ', '), ')')
FROM (
    SELECT replaceRegexpAll(u.reason, '[\\p{Cc}\\p{Cf}]', '�') AS reason, sum(u.calls) AS calls
    FROM unrecorded AS u FINAL
    WHERE u.ts >= now() - toIntervalSecond({seconds:UInt32})
    GROUP BY reason
    ORDER BY calls DESC, reason
)
HAVING count() > 0
FORMAT TSV
