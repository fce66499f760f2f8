-- Share of judged calls in which one of the chosen checks failed, with Wilson's 95 % interval; z² = 3.8416.
SELECT
    $__timeInterval(c.ts) AS time,
    countIf('*' IN (${check:singlequote}) OR hasAny(c.fidelity_applicable, [${check:singlequote}])) AS judged,
    countIf(if('*' IN (${check:singlequote}), notEmpty(c.fidelity_failed), hasAny(c.fidelity_failed, [${check:singlequote}]))) AS broken,
    broken / judged AS rate,
    (broken + 1.9208 - 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_low,
    (broken + 1.9208 + 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_high
FROM calls AS c
WHERE {{calls}}
    AND notEmpty(c.fidelity_applicable)
GROUP BY time
HAVING judged > 0
ORDER BY time
