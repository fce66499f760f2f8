-- Open findings that nobody silenced, and those that were told of as open, whatever became of them. What is over comes first: of the same
-- user or model another may have opened, and who goes by the key would take the end of the one for that of the other.
SELECT f.finding_id AS finding_id, toString(f.kind) AS kind, toString(f.severity) AS severity, toString(f.state) AS state, f.silenced > 0 AS silenced,
    toString(f.key_kind) AS key_kind, f.key AS key, toString(f.metric) AS metric, f.since AS since, f.since_low AS since_low, f.since_high AS since_high, ifNull(f.opened_at, f.since) AS opened_at,
    ifNull(f.closed_at, toDateTime(0, 'UTC')) AS closed_at, f.value_before AS value_before, f.value_after AS value_after, f.effect AS effect,
    f.effect_low AS effect_low, f.effect_high AS effect_high, f.q_value AS q_value, f.z_score AS z_score, f.calls AS calls,
    toFloat64(f.cost_usd) AS cost_usd, arrayMap(id -> toString(id), f.example_calls) AS example_calls,
    mapFromArrays(arrayMap(k -> toString(k), mapKeys(f.changed)), mapValues(f.changed)) AS changed, f.message AS message,
    toString(f.model) AS model, toString(f.upstream) AS upstream, toString(f.app) AS app, toString(f.team) AS team, f.user_id AS user_id,
    f.conversation_id AS conversation_id, f.acknowledged_by AS acknowledged_by
FROM findings_latest AS f
WHERE (f.state = 'open' AND NOT silenced) OR f.finding_id IN (SELECT toUUID(arrayJoin(splitByChar(',', {told:String}))) WHERE {told:String} != '')
ORDER BY f.state = 'closed' DESC, f.severity DESC, f.opened_at DESC, f.finding_id
LIMIT {findings_max:UInt32}
