SELECT
    c.ts AS time,
    toString(c.call_id) AS call,
    c.user_id AS user,
    c.model AS model,
    c.upstream AS upstream,
    arrayStringConcat(c.fidelity_failed, ', ') AS failed,
    arrayStringConcat(c.fidelity_suspected, ', ') AS suspected
FROM calls AS c
WHERE {{calls}}
    AND (notEmpty(c.fidelity_failed) OR notEmpty(c.fidelity_suspected))
    AND ('*' IN {check:Array(String)} OR hasAny(c.fidelity_failed, {check:Array(String)}) OR hasAny(c.fidelity_suspected, {check:Array(String)}))
ORDER BY c.ts DESC
LIMIT 50
