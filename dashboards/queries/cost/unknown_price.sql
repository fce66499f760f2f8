SELECT sum(h.unpriced) / sum(h.calls) AS share
FROM cost_1h AS h
WHERE {{cost}}
