SELECT h.upstream
FROM cost_1h AS h
WHERE {{cost}}
GROUP BY h.upstream
ORDER BY sum(h.calls) DESC, h.upstream
LIMIT 8
