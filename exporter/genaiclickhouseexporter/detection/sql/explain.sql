-- Not a detector: gives an incident its example calls, what else changed at that time, and the money at stake, when it opens and, of
-- those that are dated again, with each dating. In other runs it adds the money of the calls since those that were counted. Calls that were
-- running then are stored later: each dating counts all anew, and after the last one only calls an hour ago count. Of a conversation, of which
-- the detectors see the last hour only, it counts all calls since the incident began; no user or app stands for calls without.
WITH
    {{.Run}} AS run,
    explained AS
    (
        SELECT *, kind IN ('loop', 'context_growth') AS of_conversation, assumeNotNull(opened_at) + INTERVAL {{.DatingHours}} HOUR AS last_dated,
            NOT of_conversation AND run > last_dated AS is_late, if(is_late, run - INTERVAL 1 HOUR, run) AS until, {{.Fresh}} OR is_late AND until = last_dated AS fresh,
            multiIf(fresh, since - INTERVAL 1 DAY, of_conversation, greatest(since, run - INTERVAL 1 DAY), ifNull(cost_until, greatest(until - toIntervalSecond({{.Seconds .Every}}), if(is_late, last_dated, since)))) AS begin
        FROM {{.DB}}.findings FINAL
        WHERE kind IN ({{.Kinds}}) AND state = 'open' AND updated_at >= run AND updated_at <= toDateTime64(run, 3, 'UTC') + toIntervalMillisecond(1)
    ),
    -- calls that an incident is about, once for each field that may have changed
    around AS
    (
        SELECT o.finding_id AS finding_id, f.1 AS field, f.2 AS value, countIf(c.ts < o.since) AS n0, countIf(c.ts >= o.since) AS n1, sumIf(c.cost_usd, c.ts >= o.since) AS cost,
            groupArraySortedIf(5)((-toFloat64(ifNull(c.cost_usd, 0)), -toUnixTimestamp64Micro(c.ts), c.call_id), c.ts >= o.since) AS dearest
        FROM explained AS o CROSS JOIN
        (
            SELECT * FROM {{.DB}}.calls WHERE ts < run AND ts >= (SELECT min(begin) FROM explained) AND (SELECT count() FROM explained) > 0
                AND ((SELECT countIf(user_id = '') FROM explained) > 0 OR user_id GLOBAL IN (SELECT user_id FROM explained))
                AND ((SELECT countIf(conversation_id = '') FROM explained) > 0 OR conversation_id GLOBAL IN (SELECT conversation_id FROM explained))
        ) AS c
        ARRAY JOIN [('model', toString(c.model)), ('system_fingerprint', toString(c.system_fingerprint)), ('server_version', toString(c.server_version)),
            ('prompt_version', toString(c.prompt_version)), ('price_version', toString(c.price_version)), ('upstream', toString(c.upstream))] AS f
        WHERE c.ts >= o.begin AND c.ts < o.until AND (o.model = '' OR o.model = if(c.model_requested = '', c.model, c.model_requested)) AND (o.upstream = '' OR o.upstream = c.upstream)
            AND (o.app = c.app OR o.app = '' AND NOT o.of_conversation) AND (o.team = '' OR o.team = c.team) AND (o.user_id = c.user_id OR o.user_id = '' AND NOT o.of_conversation)
            AND (o.conversation_id = '' OR o.conversation_id = c.conversation_id)
        GROUP BY finding_id, field, value
    ),
    -- of each field the value that most calls had before and after, where it was most of them. Of a server its name alone may be known
    fields AS
    (
        SELECT a.finding_id AS finding_id, a.field AS field, argMax(a.value, a.n0) AS before, argMax(a.value, a.n1) AS after,
            before != after AND max(a.n0) > 0.5 * sum(a.n0) AND max(a.n1) > 0.5 * sum(a.n1) AND before NOT IN ('', '0') AND after NOT IN ('', '0')
                AND NOT (field = 'server_version' AND (startsWith(after, before || ' ') OR startsWith(before, after || ' '))) AS differs,
            sum(a.cost) AS cost, sum(a.n1) AS calls, arraySlice(arraySort(groupArrayArray(a.dearest)), 1, 5) AS dearest
        FROM around AS a GROUP BY finding_id, field
    ),
    facts AS
    (
        SELECT f.finding_id AS id, mapFromArrays(groupArrayIf(f.field, f.differs), groupArrayIf(concat(f.before, ' -> ', f.after), f.differs)) AS new_changed,
            any(f.cost) AS new_cost, any(f.calls) AS new_calls, any(f.dearest) AS dearest
        FROM fields AS f GROUP BY id
    ),
    -- of a measure the calls in which it was worst, for the size of their input
    worst AS
    (
        SELECT w.finding_id AS worst_id, groupArraySorted(5)((-w.above, -toUnixTimestamp64Micro(w.ts), w.call_id)) AS worst_calls FROM
        (
            SELECT o.finding_id AS finding_id, m.ts AS ts, m.call_id AS call_id, if(m.measure = 'mean', m.x - avg(m.x) OVER (PARTITION BY o.finding_id, m.stratum), 0) AS above
            FROM explained AS o
            INNER JOIN (SELECT * FROM {{.DB}}.call_measures WHERE ts < run AND ts >= greatest((SELECT min(since) FROM explained WHERE fresh), run - INTERVAL 1 DAY)
                AND model IN (SELECT model FROM explained WHERE fresh) AND metric IN (SELECT metric FROM explained WHERE fresh)) AS m
                ON m.metric = o.metric AND m.model = o.model AND m.series_app = o.app
            WHERE o.fresh AND m.ts >= o.since AND (o.upstream = '' OR m.upstream = o.upstream) AND (m.measure = 'mean' OR m.x > 0)
        ) AS w
        GROUP BY worst_id
    )
SELECT f.* EXCEPT (fresh, of_conversation, last_dated, is_late, until, begin) REPLACE
(
    toDateTime64(run, 3, 'UTC') + toIntervalMillisecond(2) AS updated_at,
    if(f.of_conversation, greatest(f.calls, ifNull(s.new_calls, 0)), f.calls) AS calls,
    multiIf(f.of_conversation, greatest(ifNull(f.cost_usd, s.new_cost), ifNull(s.new_cost, f.cost_usd)), NOT f.fresh AND f.kind IN ('regression', 'rate', 'alias_moved', 'burn_rate'), coalesce(f.cost_usd + s.new_cost, f.cost_usd, s.new_cost), f.cost_usd IS NULL OR f.kind IN ('regression', 'rate', 'alias_moved', 'burn_rate'), s.new_cost, f.cost_usd) AS cost_usd,
    multiIf(NOT f.fresh, f.example_calls, notEmpty(w.worst_calls), arrayMap(x -> x.3, w.worst_calls), empty(f.example_calls), arrayMap(x -> x.3, s.dearest), f.example_calls) AS example_calls,
    if(f.fresh, s.new_changed, f.changed) AS changed,
    greatest(f.until, f.begin) AS cost_until
)
FROM explained AS f
LEFT JOIN facts AS s ON s.id = f.finding_id
LEFT JOIN worst AS w ON w.worst_id = f.finding_id
