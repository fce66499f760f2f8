-- Not a detector: makes incidents of what the detectors flagged. One opens when it was flagged in {{.OpenRuns}} of the last {{.OpenOf}} runs, is
-- written again with each run while it is open, and closes after {{.CloseRuns}} runs in a row that did not flag it, in which its detector did
-- run. One is open per key; one of a conversation has its id as the key, and is of one user in one application.
WITH
    {{.Run}} AS this_run,
    (SELECT groupArray(key) FROM (SELECT DISTINCT key, detector FROM {{.DB}}.detections WHERE run = this_run AND kind = 'ran')) AS ran,
    prior AS
    (
        SELECT * FROM {{.DB}}.findings FINAL WHERE kind IN ({{.Kinds}}) AND (state = 'open' OR updated_at >= this_run)
        ORDER BY updated_at DESC LIMIT 1 BY kind, key_kind, key, metric, user_id, app
    ),
    hits AS
    (
        SELECT *, if(conversation_id = '', key, conversation_id) AS shown_key FROM
        (
            SELECT *, uniqExact(run) OVER (PARTITION BY kind, key_kind, key, metric) AS runs FROM {{.DB}}.detections FINAL
            WHERE kind IN ({{.Kinds}}) AND run <= this_run AND run > this_run - toIntervalSecond({{.OpenOf}} * {{.Seconds .Every}})
        )
        WHERE run = this_run
        ORDER BY effect_low DESC NULLS LAST LIMIT 1 BY kind, key_kind, key, metric
    )
SELECT
    if(p.here AS is_open, p.finding_id, reinterpretAsUUID(sipHash128(d.kind, d.key_kind, d.key, d.metric, this_run))) AS finding_id, if(is_open, p.kind, d.kind) AS kind,
    if(d.here AS is_hit, d.severity, p.severity) AS severity,
    -- a regression is looked for by drift and step
    if((toUInt16(if(is_hit, 0, p.runs_clean + (countEqual(ran, p.kind) >= if(p.kind = 'regression', 2, 1)))) AS clean) < {{.CloseRuns}}, 'open', 'closed') AS state,
    if(is_open, p.key_kind, d.key_kind) AS key_kind, if(is_open, p.key, d.shown_key) AS key, if(is_open, p.metric, d.metric) AS metric,
    if(is_open, p.since, d.since) AS since, if(is_open, p.opened_at, this_run) AS opened_at, if(state = 'closed', this_run, NULL) AS closed_at, toDateTime64(this_run, 3, 'UTC') AS updated_at,
    -- before, after and effect are of one run, since what is usual depends on the hour, and a budget on its window. Who was new stays so.
    if(is_open AND (NOT is_hit OR p.value_before IS NULL OR d.value_before IS NULL), p.value_before, d.value_before) AS value_before, if(is_hit, d.value_after, p.value_after) AS value_after, if(is_hit, d.effect, p.effect) AS effect,
    if(is_hit, d.effect_low, p.effect_low) AS effect_low, if(is_hit, d.effect_high, p.effect_high) AS effect_high, if(is_hit, d.q_value, p.q_value) AS q_value,
    if(is_hit, d.z_score, p.z_score) AS z_score, if(is_hit, d.calls, p.calls) AS calls, if(is_hit AND d.cost_usd IS NOT NULL, d.cost_usd, p.cost_usd) AS cost_usd,
    if(is_open, p.example_calls, d.example_calls) AS example_calls, p.changed AS changed, toUInt16(p.runs_bad + if(is_hit, if(is_open, 1, d.runs), 0)) AS runs_bad, clean AS runs_clean,
    if(is_open, p.baseline_from, d.baseline_from) AS baseline_from, if(is_open, p.baseline_to, d.baseline_to) AS baseline_to, if(is_hit, d.message, p.message) AS message,
    if(is_open, p.model, d.model) AS model, if(is_open, p.upstream, d.upstream) AS upstream, if(is_open, p.app, d.app) AS app, if(is_open, p.team, d.team) AS team,
    if(is_open, p.user_id, d.user_id) AS user_id, if(is_open, p.conversation_id, d.conversation_id) AS conversation_id,
    p.since_low AS since_low, p.since_high AS since_high, p.cost_until AS cost_until
FROM (SELECT *, true AS here FROM prior) AS p
FULL JOIN (SELECT *, true AS here FROM hits) AS d ON d.kind = p.kind AND d.key_kind = p.key_kind AND d.shown_key = p.key AND d.metric = p.metric AND d.user_id = p.user_id AND d.app = p.app
-- to do a run again changes nothing
WHERE p.updated_at < this_run AND (p.here OR d.runs >= {{.OpenRuns}})
