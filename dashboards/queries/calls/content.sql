SELECT part.1 AS what, part.2 AS body
FROM content AS b
ARRAY JOIN arrayConcat(
    [('Request', substringUTF8(b.request, 1, 20000)), ('Answer', substringUTF8(b.response, 1, 20000))],
    arrayMap(x -> ('Evidence', substringUTF8(x, 1, 2000)), b.evidence)
) AS part
WHERE b.call_id = toUUIDOrZero({call:String})
LIMIT 20
