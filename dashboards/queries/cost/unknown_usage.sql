-- A call that a budget refused has used nothing, and its price is known: it is left out here and there.
SELECT (sum(h.unknown_usage) - sum(h.refused)) / (sum(h.calls) - sum(h.refused)) AS share
FROM cost_1h AS h
WHERE {{cost}}
