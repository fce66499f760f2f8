-- Not a detector: tells of one that has open incidents that this run of it did not fail, since a run that failed says nothing of what is over.
-- What reads the means fails with them: they are then those of an earlier run.
SELECT {{.Run}} AS run, '{{.File}}' AS detector, 'ran' AS kind, 'info' AS severity, '' AS key_kind, '{{.Finds}}' AS key, '' AS metric,
    '' AS model, '' AS upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id, {{.Run}} AS since,
    {{.Unknown}} AS value_before, {{.Unknown}} AS value_after, {{.Unknown}} AS effect, {{.Unknown}} AS effect_low, {{.Unknown}} AS effect_high, {{.Unknown}} AS q_value, {{.Unknown}} AS z_score,
    toUInt64(0) AS calls, CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, CAST(NULL, 'Nullable(DateTime)') AS baseline_from, CAST(NULL, 'Nullable(DateTime)') AS baseline_to,
    '' AS message, CAST([], 'Array(UUID)') AS example_calls
WHERE (SELECT count() FROM {{.DB}}.findings FINAL WHERE kind = '{{.Finds}}' AND state = 'open') > 0
    {{if eq .Finds "regression"}}AND (SELECT count() FROM {{.DB}}.residuals_1h WHERE run != {{.Run}}) = 0{{end}}
