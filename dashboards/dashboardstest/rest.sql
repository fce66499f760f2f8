INSERT INTO machine_1h (t, upstream, cost_usd, calls_usd, idle_usd, price_version)
SELECT toStartOfHour(toDateTime({to:UInt32})) - (number + 1) * 3600, 'vllm-1', 2, 0.5, 1.5, '2026-11-01'
FROM numbers(24)
;
INSERT INTO unrecorded (ts, first, id, upstream, reason, calls)
VALUES
    (toDateTime({to:UInt32}) - 7200, toDateTime({to:UInt32}) - 7300, '00000000-0000-0000-0000-000000000001', 'vllm-1', 'queue_full', 12),
    (toDateTime({to:UInt32}) - 100000, toDateTime({to:UInt32}) - 100000, '00000000-0000-0000-0000-000000000002', 'vllm-1', 'queue_full', 100)
;
-- the first of them came again
INSERT INTO unrecorded (ts, first, id, upstream, reason, calls)
VALUES
    (toDateTime({to:UInt32}) - 7200, toDateTime({to:UInt32}) - 7300, '00000000-0000-0000-0000-000000000001', 'vllm-1', 'queue_full', 12),
    (toDateTime({to:UInt32}) - 3600, toDateTime({to:UInt32}) - 3600, '00000000-0000-0000-0000-000000000003', 'vllm-1', 'fault', 3)
;
INSERT INTO prices (provider, model, upstream, price_version, source, valid_from, valid_to, input, output, cache_read)
VALUES
    ('openai', 'gpt-4o', '', '2026-11-01', 'builtin', '2026-01-01 00:00:00', NULL, 2.5, 10, 1.25),
    ('openai', 'gpt-4o-mini', '', '2026-11-01', 'builtin', '2026-01-01 00:00:00', NULL, 0.15, 0.6, 0.075),
    ('vllm', 'Qwen/Qwen3-32B', '', '2025-01-01', 'config', '2025-01-01 00:00:00', '2026-01-01 00:00:00', 100, 100, 1),
    ('vllm', 'Qwen/Qwen3-32B', 'vllm-1', '2026-11-01', 'config', '2026-01-01 00:00:00', NULL, 0.2, 0.6, 0.02)
;
INSERT INTO budgets (scope, key, period, limit_usd, enforced, valid_from)
VALUES
    ('user', 'grace', 'day', 2, true, '2026-01-01 00:00:00'),
    ('team', 'search', 'month', 40, false, '2026-01-01 00:00:00'),
    ('app', 'chat', 'week', 100, false, '2026-01-01 00:00:00')
;
INSERT INTO content (ts, call_id, conversation_id, user_id, request, response, evidence, truncated)
SELECT ts, call_id, conversation_id, user_id,
    '{"model":"' || model || '","messages":[{"role":"user","content":"What is <b>ClickHouse</b>?"}]}',
    '{"choices":[{"message":{"role":"assistant","content":"A column store."}}]}',
    arrayMap(x -> 'fails ' || x, fidelity_failed), false
FROM calls
WHERE ts >= toDateTime({to:UInt32}) - 3600 AND outcome = 'ok'
LIMIT 1000
;
INSERT INTO findings (finding_id, kind, severity, state, key_kind, key, metric, since, opened_at, closed_at, updated_at,
    value_before, value_after, effect, effect_low, effect_high, q_value, z_score, calls, cost_usd, example_calls, changed, message,
    user_id, model, upstream, team, conversation_id)
SELECT v.id, v.kind, v.severity, v.state, v.key_kind, v.key, v.metric, {to:UInt32} - v.ago, {to:UInt32} - v.ago + 1000,
    if(v.state = 'closed', {to:UInt32} - v.ago + 90000, NULL), {to:UInt32} - 1000 + v.version, 0.4, 2.1, v.effect, v.effect - 1, v.effect + 1,
    if(v.key_kind = 'user', NULL, 0.001), if(v.key_kind = 'user', 11.5, NULL), 140, if(v.key_kind = 'user', 12.5, NULL),
    if(v.key_kind = 'user', (SELECT groupArray(call_id) FROM (SELECT call_id FROM calls WHERE user_id = 'grace' ORDER BY ts DESC LIMIT 5)), []),
    if(v.changed = '', map(), map('prompt_version', v.changed)), v.message,
    multiIf(v.key_kind = 'user', v.key, v.key_kind = 'conversation', 'ada', ''), if(v.key_kind = 'model, upstream', splitByString(', ', v.key)[1], ''),
    if(v.key_kind = 'model, upstream', splitByString(', ', v.key)[2], ''), if(v.key_kind = 'team', v.key, ''), if(v.key_kind = 'conversation', v.key, '')
FROM values(
    'id UUID, kind String, severity String, state String, key_kind String, key String, metric String, ago UInt32, version UInt32, effect Float64, changed String, message String',
    ('00000000-0000-0000-0000-000000000001', 'cost_spike', 'ticket', 'open', 'user', 'grace', 'cost', 72000, 0, 5.25, '1001 -> 1002', 'user grace cost 12.5 USD in 6 h, usual 2.38'),
    ('00000000-0000-0000-0000-000000000002', 'regression', 'ticket', 'open', 'model, upstream', 'llama-3.3-70b, vllm-2', 'time_to_first_chunk', 7200, 0, 1.2, '', 'time_to_first_chunk of llama-3.3-70b, vllm-2 is 1.2 times what it was'),
    ('00000000-0000-0000-0000-000000000003', 'rate', 'ticket', 'open', 'model, upstream', 'Qwen/Qwen3-32B, vllm-1', 'structured.not_json', 400000, 0, 4, '', 'fails more often'),
    ('00000000-0000-0000-0000-000000000003', 'rate', 'ticket', 'closed', 'model, upstream', 'Qwen/Qwen3-32B, vllm-1', 'structured.not_json', 400000, 1, 5, '1000 -> 1003', 'failed more often'),
    ('00000000-0000-0000-0000-000000000004', 'rate', 'info', 'pending', 'model, upstream', 'gpt-4o, openai', 'error_rate', 4000, 0, 2, '', 'may fail more often'),
    ('00000000-0000-0000-0000-000000000005', 'loop', 'page', 'open', 'conversation', 'dialogue-990', 'calls', 1800, 0, 6, '', 'conversation dialogue-990 of user ada: same tool call, 6 times'),
    ('00000000-0000-0000-0000-000000000006', 'burn_rate', 'page', 'open', 'team', 'search', 'cost', 3000, 0, 15, '', 'team search burns its budget 15 times as fast as it may'),
    ('00000000-0000-0000-0000-000000000007', 'rate', 'info', 'open', 'model, upstream', 'gpt-4o, openai', 'refusals', 5000, 0, 2, '', 'refuses more often')
) AS v
;
INSERT INTO silences (kind, key, metric, until, author, comment) VALUES ('burn_rate', 'sea*', '', '2106-01-01 00:00:00', 'ada', 'a planned evaluation')
;
INSERT INTO acknowledgements (finding_id, author, comment) VALUES ('00000000-0000-0000-0000-000000000001', 'tony', 'asked grace')
