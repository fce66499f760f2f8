SELECT quantile(0.95)(c.ttfc_us) / 1e6 AS seconds
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok' AND c.stream AND c.ttfc_us > 0
