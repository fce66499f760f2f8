SELECT c.trace_id AS trace, c.span_id AS span
FROM calls AS c
WHERE c.call_id = toUUIDOrZero({call:String})
LIMIT 1
