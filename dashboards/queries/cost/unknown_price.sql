SELECT sum(h.unpriced) / (sum(h.calls) - sum(h.refused)) AS share
FROM cost_1h AS h
WHERE {{cost}}
