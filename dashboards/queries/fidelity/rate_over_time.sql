-- Share of judged calls in which one of the chosen checks failed, with Wilson's 95 % interval; z² = 3.8416.
SELECT
    $__timeInterval(c.ts) AS time,
    count() AS judged,
    countIf({{broken}}) AS broken,
    broken / judged AS rate,
    (broken + 1.9208 - 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_low,
    (broken + 1.9208 + 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_high
FROM calls AS c
WHERE {{calls}}
    AND {{judged}}
GROUP BY time
ORDER BY time
