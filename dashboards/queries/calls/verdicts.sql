SELECT
    v.1 AS verdict,
    v.2 AS check
FROM calls AS c
ARRAY JOIN arrayConcat(
    arrayMap(x -> ('failed', toString(x)), c.fidelity_failed),
    arrayMap(x -> ('suspected', toString(x)), c.fidelity_suspected),
    arrayMap(x -> ('undecidable', toString(x)), c.fidelity_undecidable),
    arrayMap(x -> ('kept', toString(x)), arrayFilter(x -> NOT has(c.fidelity_failed, x) AND NOT has(c.fidelity_suspected, x), c.fidelity_applicable))
) AS v
WHERE c.call_id = toUUIDOrZero({call:String})
LIMIT 200
