SELECT h.model
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY h.model
ORDER BY sum(h.calls) DESC, h.model
LIMIT 8
