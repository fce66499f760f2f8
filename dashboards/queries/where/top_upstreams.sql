SELECT c.upstream
FROM calls AS c
WHERE {{calls}}
GROUP BY c.upstream
ORDER BY count() DESC, c.upstream
LIMIT 8
