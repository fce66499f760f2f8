SELECT countIf({{judged}}) / count() AS share
FROM calls AS c
WHERE {{calls}}
