SELECT countIf({{judged}}) / countIf(c.outcome != 'refused') AS share
FROM calls AS c
WHERE {{calls}}
