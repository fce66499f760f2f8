notEmpty(c.fidelity_applicable) AND ('*' IN {check:Array(String)} OR hasAny(c.fidelity_applicable, {check:Array(String)}))
