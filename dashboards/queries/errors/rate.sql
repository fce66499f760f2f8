SELECT countIf(c.outcome IN ('upstream_error', 'timeout', 'tap_error')) / count() AS share
FROM calls AS c
WHERE {{calls}}
