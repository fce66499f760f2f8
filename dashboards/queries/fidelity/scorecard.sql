-- Rates with Wilson's 95 % interval; z² = 3.8416.
SELECT
    check,
    count() AS judged,
    sum(failed) AS broken,
    sum(suspected) AS doubtful,
    broken / judged AS rate,
    (broken + 1.9208 - 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_low,
    (broken + 1.9208 + 1.96 * sqrt(broken * (judged - broken) / judged + 0.9604)) / (judged + 3.8416) AS rate_high,
    if(broken + doubtful > 0, toString(argMaxIf(call_id, ts, failed OR suspected)), '') AS call
FROM (
    SELECT
        c.call_id AS call_id,
        c.ts AS ts,
        arrayJoin(c.fidelity_applicable) AS check,
        has(c.fidelity_failed, check) AS failed,
        has(c.fidelity_suspected, check) AS suspected
    FROM calls AS c
    WHERE {{calls}}
        AND notEmpty(c.fidelity_applicable)
)
WHERE '*' IN {check:Array(String)} OR check IN {check:Array(String)}
GROUP BY check
ORDER BY rate DESC, doubtful DESC, judged DESC, check
LIMIT 200
