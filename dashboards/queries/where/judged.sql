notEmpty(c.fidelity_applicable) AND ('*' IN (${check:singlequote}) OR hasAny(c.fidelity_applicable, [${check:singlequote}]))
