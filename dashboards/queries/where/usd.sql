if(sum(h.unpriced) > 0 AND sum(h.cost_usd) = 0, NULL, toFloat64(sum(h.cost_usd)))
