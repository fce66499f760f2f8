if('*' IN (${check:singlequote}), notEmpty(c.fidelity_failed), hasAny(c.fidelity_failed, [${check:singlequote}]))
