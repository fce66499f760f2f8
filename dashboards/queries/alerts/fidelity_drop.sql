-- The last hour against the 24 hours before: one point and 1.3 times more, at least ten events, and z above 3.
SELECT upstream, model, check, toFloat64(rate_now - rate_before) AS value
FROM (
    SELECT
        upstream, model, check,
        countIf(recent) AS n_now,
        countIf(recent AND failed) AS k_now,
        countIf(NOT recent) AS n_before,
        countIf(NOT recent AND failed) AS k_before,
        k_now / n_now AS rate_now,
        k_before / n_before AS rate_before,
        (k_now + k_before) / (n_now + n_before) AS pooled,
        (rate_now - rate_before) / sqrt(pooled * (1 - pooled) * (1 / n_now + 1 / n_before)) AS z
    FROM (
        SELECT
            toString(c.upstream) AS upstream,
            toString(c.model) AS model,
            toString(arrayJoin(c.fidelity_applicable)) AS check,
            has(c.fidelity_failed, check) AS failed,
            c.ts > $__toTime - 3600 AS recent
        FROM calls AS c
        WHERE c.ts > $__toTime - 90000 AND c.ts <= $__toTime
    )
    GROUP BY upstream, model, check
)
WHERE n_now > 0 AND n_before > 0 AND k_now >= 10 AND value >= 0.01 AND rate_now >= 1.3 * rate_before AND z > 3
