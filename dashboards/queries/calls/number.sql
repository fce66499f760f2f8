SELECT count() AS calls
FROM calls AS c
WHERE {{calls}}
