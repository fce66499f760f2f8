WITH
    c.stream AND c.ttfc_us > 0 AS has_first,
    has_first AND c.output_tokens > 1 AND c.duration_us > c.ttfc_us AS has_rest,
    quantilesIf(0.5, 0.95)(c.ttfc_us, has_first) AS first_q,
    quantilesIf(0.5, 0.95)(toFloat64(if(has_rest, (c.duration_us - c.ttfc_us) / (c.output_tokens - 1), 0)), has_rest) AS rest_q,
    quantiles(0.5, 0.95)(c.duration_us) AS total_q
SELECT
    c.model AS model,
    c.upstream AS upstream,
    count() AS calls,
    first_q[1] / 1e6 AS ttfc_p50,
    first_q[2] / 1e6 AS ttfc_p95,
    rest_q[1] / 1e6 AS tpot_p50,
    rest_q[2] / 1e6 AS tpot_p95,
    total_q[1] / 1e6 AS total_p50,
    total_q[2] / 1e6 AS total_p95,
    countIf(c.max_gap_us > 2000000) / nullIf(countIf(c.stream), 0) AS stalled
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok'
GROUP BY model, upstream
ORDER BY calls DESC, model, upstream
LIMIT 50
