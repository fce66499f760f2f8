SELECT sum(h.unknown_usage) / sum(h.calls) AS share
FROM cost_1h AS h
WHERE {{cost}}
