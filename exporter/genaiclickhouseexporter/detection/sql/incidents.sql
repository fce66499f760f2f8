-- Not a detector: makes incidents of what the detectors flagged. One opens when it was flagged in {{.OpenRuns}} of the last {{.OpenOf}} runs, is
-- written again with each run while it is open, and closes after {{.CloseRuns}} runs in a row that did not flag it. One is open per key.
WITH
    {{.Run}} AS this_run,
    [{{.Kinds}}] AS kinds,
    prior AS (SELECT * FROM {{.DB}}.findings FINAL WHERE kind IN kinds AND state = 'open' AND updated_at < this_run),
    done AS (SELECT kind, key_kind, key, metric FROM {{.DB}}.findings FINAL WHERE kind IN kinds AND updated_at >= this_run),
    flagged AS
    (
        SELECT *, uniqExact(d.run) OVER (PARTITION BY kind, key_kind, key, metric) AS runs
        FROM {{.DB}}.detections AS d FINAL
        WHERE d.kind IN kinds AND d.run <= this_run AND d.run > this_run - toIntervalSecond({{.OpenOf}} * {{.Seconds .Every}})
    ),
    hits AS
    (
        SELECT * FROM flagged AS d
        WHERE d.run = this_run AND (d.kind, d.key_kind, d.key, d.metric) NOT IN (SELECT kind, key_kind, key, metric FROM done)
        ORDER BY d.effect_low DESC NULLS LAST LIMIT 1 BY kind, key_kind, key, metric
    ),
    opening AS
    (
        SELECT * FROM hits WHERE runs >= {{.OpenRuns}} AND (kind, key_kind, key, metric) NOT IN (SELECT kind, key_kind, key, metric FROM prior)
        ORDER BY severity DESC, q_value LIMIT {{.FindingsMax}}
    ),
    -- the calls from a day before each change on
    around AS
    (
        SELECT o.kind AS kind, o.key_kind AS key_kind, o.key AS key, o.metric AS metric, c.ts >= o.since AS is_after, c.ts AS ts, c.call_id AS call_id,
            c.cost_usd AS cost, c.outcome = 'ok' AS is_ok, o.since AS since,
            [('model', toString(c.model)), ('system_fingerprint', toString(c.system_fingerprint)), ('server_version', toString(c.server_version)),
            ('prompt_version', toString(c.prompt_version)), ('price_version', toString(c.price_version)), ('upstream', toString(c.upstream))] AS fields
        FROM opening AS o CROSS JOIN
        (
            SELECT * FROM {{.DB}}.calls
            WHERE ts < this_run AND ts >= (SELECT min(since) FROM opening) - INTERVAL 1 DAY AND (SELECT count() FROM opening) > 0
        ) AS c
        WHERE c.ts >= o.since - INTERVAL 1 DAY
            AND (o.model = '' OR o.model = if(c.model_requested = '', c.model, c.model_requested)) AND (o.upstream = '' OR o.upstream = c.upstream)
            AND (o.app = '' OR o.app = c.app) AND (o.team = '' OR o.team = c.team) AND (o.user_id = '' OR o.user_id = c.user_id)
            AND (o.conversation_id = '' OR o.conversation_id = c.conversation_id)
    ),
    stakes AS
    (
        SELECT a.kind AS kind, a.key_kind AS key_kind, a.key AS key, a.metric AS metric, sumIf(a.cost, a.is_after) AS cost,
            groupArraySortedIf(5)((-toFloat64(ifNull(a.cost, 0)), -toUnixTimestamp64Micro(a.ts), a.call_id), a.is_after) AS dearest
        FROM around AS a GROUP BY kind, key_kind, key, metric
    ),
    -- of each field the value that most calls had before and after, where it was most of them
    changes AS
    (
        SELECT kind, key_kind, key, metric, mapFromArrays(groupArray(field), groupArray(concat(before, ' -> ', after))) AS changed FROM
        (
            SELECT kind, key_kind, key, metric, field, argMax(value, n0) AS before, argMax(value, n1) AS after, max(n0) / sum(n0) AS share0, max(n1) / sum(n1) AS share1
            FROM
            (
                SELECT kind, key_kind, key, metric, f.1 AS field, f.2 AS value, countIf(NOT is_after) AS n0, countIf(is_after) AS n1
                FROM around ARRAY JOIN fields AS f WHERE f.2 != '' AND f.2 != '0' GROUP BY kind, key_kind, key, metric, field, value
            )
            GROUP BY kind, key_kind, key, metric, field
            HAVING before != after AND share0 > 0.5 AND share1 > 0.5
        )
        GROUP BY kind, key_kind, key, metric
    ),
    -- of a measure the calls in which it was worst
    worst AS
    (
        SELECT o.kind AS kind, o.key_kind AS key_kind, o.key AS key, o.metric AS metric, groupArraySorted(5)((-m.x, -toUnixTimestamp64Micro(m.ts), m.call_id)) AS calls
        FROM opening AS o
        INNER JOIN (SELECT * FROM {{.DB}}.call_measures WHERE ts < this_run AND ts >= (SELECT min(since) FROM opening)
            AND (SELECT count() FROM opening) > 0 AND metric IN (SELECT metric FROM opening)) AS m
            ON m.metric = o.metric AND m.model = o.model AND m.series_app = o.app
        WHERE m.ts >= o.since AND (o.upstream = '' OR m.upstream = o.upstream) AND (m.measure = 'mean' OR m.x > 0)
        GROUP BY kind, key_kind, key, metric
    )
SELECT reinterpretAsUUID(sipHash128(o.kind, o.key_kind, o.key, o.metric, this_run)) AS finding_id, o.kind AS kind, o.severity AS severity, 'open' AS state,
    o.key_kind AS key_kind, o.key AS key, o.metric AS metric, o.since AS since, toNullable(this_run) AS opened_at, CAST(NULL, 'Nullable(DateTime(\'UTC\'))') AS closed_at,
    toDateTime64(this_run, 3, 'UTC') AS updated_at, o.value_before AS value_before, o.value_after AS value_after, o.effect AS effect, o.effect_low AS effect_low,
    o.effect_high AS effect_high, o.q_value AS q_value, o.z_score AS z_score, o.calls AS calls, ifNull(o.cost_usd, toDecimal128(s.cost, 9)) AS cost_usd,
    arrayMap(x -> x.3, if(empty(w.calls), s.dearest, w.calls)) AS example_calls, h.changed AS changed, toUInt16(o.runs) AS runs_bad, toUInt16(0) AS runs_clean,
    o.baseline_from AS baseline_from, o.baseline_to AS baseline_to, o.message AS message
FROM opening AS o
LEFT JOIN stakes AS s ON s.kind = o.kind AND s.key_kind = o.key_kind AND s.key = o.key AND s.metric = o.metric
LEFT JOIN changes AS h ON h.kind = o.kind AND h.key_kind = o.key_kind AND h.key = o.key AND h.metric = o.metric
LEFT JOIN worst AS w ON w.kind = o.kind AND w.key_kind = o.key_kind AND w.key = o.key AND w.metric = o.metric
UNION ALL
SELECT p.finding_id, p.kind, if(seen, d.severity, p.severity), if(NOT seen AND p.runs_clean + 1 >= {{.CloseRuns}}, 'closed', 'open'), p.key_kind, p.key, p.metric,
    -- more blocks after a change date it better
    if(seen AND this_run <= p.opened_at + INTERVAL 6 HOUR, d.since, p.since), p.opened_at, if(NOT seen AND p.runs_clean + 1 >= {{.CloseRuns}}, this_run, NULL), toDateTime64(this_run, 3, 'UTC'),
    p.value_before, if(seen, d.value_after, p.value_after), if(seen, d.effect, p.effect), if(seen, d.effect_low, p.effect_low), if(seen, d.effect_high, p.effect_high),
    if(seen, d.q_value, p.q_value), if(seen, d.z_score, p.z_score), if(seen, d.calls, p.calls), if(seen, ifNull(d.cost_usd, p.cost_usd), p.cost_usd),
    p.example_calls, p.changed, toUInt16(p.runs_bad + seen), toUInt16(if(seen, 0, p.runs_clean + 1)), p.baseline_from, p.baseline_to, if(seen, d.message, p.message)
FROM (SELECT *, (kind, key_kind, key, metric) IN (SELECT kind, key_kind, key, metric FROM hits) AS seen FROM prior) AS p
LEFT JOIN hits AS d ON d.kind = p.kind AND d.key_kind = p.key_kind AND d.key = p.key AND d.metric = p.metric
