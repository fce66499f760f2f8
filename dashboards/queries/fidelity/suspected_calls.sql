SELECT countIf(notEmpty(c.fidelity_suspected)) AS calls
FROM calls AS c
WHERE {{calls}}
