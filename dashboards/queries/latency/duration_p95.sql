SELECT quantile(0.95)(c.duration_us) / 1e6 AS seconds
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok'
