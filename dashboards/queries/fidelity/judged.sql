SELECT countIf(notEmpty(c.fidelity_applicable)) / count() AS share
FROM calls AS c
WHERE {{calls}}
