SELECT countIf({{broken}}) AS calls
FROM calls AS c
WHERE {{calls}}
