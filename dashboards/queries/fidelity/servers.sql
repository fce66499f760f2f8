SELECT
    c.upstream AS upstream,
    c.model AS model,
    any(c.server_version) AS server_version,
    count() AS judged,
    countIf({{broken}}) AS broken,
    broken / judged AS rate,
    (broken + 1.9208 - 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_low,
    (broken + 1.9208 + 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_high
FROM calls AS c
WHERE {{calls}}
    AND {{judged}}
GROUP BY upstream, model
ORDER BY rate DESC, upstream, model
LIMIT 50
