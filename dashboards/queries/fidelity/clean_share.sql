SELECT countIf(NOT {{broken}}) / count() AS share
FROM calls AS c
WHERE {{calls}}
    AND {{judged}}
