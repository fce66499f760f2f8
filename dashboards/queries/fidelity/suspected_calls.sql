SELECT countIf(if('*' IN (${check:singlequote}), notEmpty(c.fidelity_suspected), hasAny(c.fidelity_suspected, [${check:singlequote}]))) AS calls
FROM calls AS c
WHERE {{calls}}
