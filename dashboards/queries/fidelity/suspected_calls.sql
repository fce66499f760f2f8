SELECT countIf(if('*' IN {check:Array(String)}, notEmpty(c.fidelity_suspected), hasAny(c.fidelity_suspected, {check:Array(String)}))) AS calls
FROM calls AS c
WHERE {{calls}}
