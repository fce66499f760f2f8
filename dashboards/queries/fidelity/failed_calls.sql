SELECT countIf(notEmpty(c.fidelity_failed)) AS calls
FROM calls AS c
WHERE {{calls}}
