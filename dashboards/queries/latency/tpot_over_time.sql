SELECT
    $__timeInterval(c.ts) AS time,
    c.model AS model,
    quantile(0.5)((c.duration_us - c.ttfc_us) / (c.output_tokens - 1)) / 1e6 AS seconds
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok' AND c.stream AND c.ttfc_us > 0 AND c.output_tokens > 1 AND c.duration_us > c.ttfc_us
    AND c.model GLOBAL IN ({{top_models}})
GROUP BY time, model
ORDER BY time, model
