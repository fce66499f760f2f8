SELECT countIf(empty(c.fidelity_failed)) / count() AS share
FROM calls AS c
WHERE {{calls}}
    AND notEmpty(c.fidelity_applicable)
