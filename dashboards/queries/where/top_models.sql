SELECT c.model
FROM calls AS c
WHERE {{calls}}
GROUP BY c.model
ORDER BY count() DESC, c.model
LIMIT 8
