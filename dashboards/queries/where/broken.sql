if('*' IN {check:Array(String)}, notEmpty(c.fidelity_failed), hasAny(c.fidelity_failed, {check:Array(String)}))
