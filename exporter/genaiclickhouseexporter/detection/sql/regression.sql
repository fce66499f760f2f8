'regression' AS kind, 'ticket' AS severity, 'model, upstream' AS key_kind, concat(series.2, ', ', series.3) AS key,
    series.1 AS metric, series.2 AS model, series.3 AS upstream, '' AS app, '' AS team, '' AS user_id, '' AS conversation_id, since,
    exp(plain - rise) AS value_before, exp(plain) AS value_after, effect, effect_low, effect_high, q AS q_value, z AS z_score, calls,
    CAST(NULL, 'Nullable(Decimal(38, 9))') AS cost_usd, since - INTERVAL {{.UsualDays}} DAY AS baseline_from, since AS baseline_to,
    format('{} of {} is {} times what it was', metric, key, toString(round(effect, 2))) AS message, CAST([], 'Array(UUID)') AS example_calls
FROM hits
ORDER BY {{.OpenFirst}}, q, effect_low DESC
LIMIT 1 BY key, metric
LIMIT {{.FindingsMax}}
