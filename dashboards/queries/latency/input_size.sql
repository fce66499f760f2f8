-- Tokens that had to be read anew, as in perf_1m.
WITH toInt64(c.input_tokens) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh
SELECT
    multiIf(fresh < 256, '< 256', fresh < 1024, '< 1k', fresh < 4096, '< 4k', fresh < 16384, '< 16k', fresh < 65536, '< 64k', '≥ 64k') AS input_size,
    count() AS calls,
    quantile(0.5)(c.ttfc_us) / 1e6 AS ttfc_p50,
    quantile(0.95)(c.ttfc_us) / 1e6 AS ttfc_p95
FROM calls AS c
WHERE {{calls}}
    AND c.outcome = 'ok' AND c.stream AND c.ttfc_us > 0 AND c.input_tokens IS NOT NULL
GROUP BY input_size
ORDER BY min(fresh)
