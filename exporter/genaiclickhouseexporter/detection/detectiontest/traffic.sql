-- Traffic of one model and one day: calls at seeded times in blocks of ten minutes, with a daily and a weekly season, noise that
-- all calls of a block share, noise of their own, and bursts of single users. Every number follows from the seed.
INSERT INTO {{.DB}}.calls (ts, call_id, trace_id, span_id, conversation_id, user_id, team, app, operation, provider, upstream,
    model_requested, model, stream, http_status, outcome, error_type, finish_reasons, duration_us, ttfc_us, input_tokens, output_tokens,
    cache_read_tokens, usage_source, cost_usd, tools_offered, tool_calls, toolcall_hash, prompt_hash, turn, fidelity_applicable, fidelity_failed, system_fingerprint)
WITH
    (x, y) -> (cityHash64({{.Seed}}, '{{.Model}}', x, y) + 1) / 18446744073709551616. AS chance,
    (x, y) -> sqrt(-2 * log(chance(x, y))) * cos(2 * pi() * chance(x, concat(y, '2'))) AS normal,
    toDateTime({{.From}}, 'UTC') AS start,
    number AS i, {{.Offset}} + i AS id,
    intDiv(i, {{.PerBlock}}) AS block_of_day,
    toUInt32({{.From}} / 600) + block_of_day AS block,
    2 * pi() * (block % 144) / 144 AS angle,
    if(toDayOfWeek(start) >= 6, -0.05, 0.) AS weekend,
    -- load: the season, and what the calls of ten minutes share, some of which lasts for hours
    0.12 * sin(angle - 2) + weekend + 0.1 * normal(block, 'load') + 0.03 * normal(intDiv(block, 12), 'hours') AS load,
    start + toIntervalSecond(block_of_day * 600 + 599 * chance(id, 'time')) AS at,
    -- a third of the calls of quiet hours is left out
    chance(id, 'kept') < (0.75 + 0.25 * sin(angle - 2)) * if(toDayOfWeek(start) >= 6, 0.8, 1) AS kept,
    -- most calls are of a few users; now and then one of them has an hour of six times as many
    toUInt32(pow(chance(id, 'user'), 2) * 30) AS usual_user,
    toUInt32(chance(intDiv(block, 6), 'burster') * 30) AS burster,
    chance(intDiv(block, 6), 'burst') < 0.02 AND chance(id, 'in burst') < 0.2 AS in_burst,
    concat('user-', toString(if(in_burst, burster, usual_user))) AS user,
    at >= toDateTime({{.ChangeAt}}, 'UTC') AND at < toDateTime({{.ChangeEnd}}, 'UTC') AS changed,
    toUInt32(exp(6.5 + 0.8 * normal(id, 'input'))) + 20 AS input,
    toUInt32(exp(5 + 0.6 * normal(id, 'output'))) + 2 AS output,
    toUInt64(1e6 * exp(-1.2 + 0.2 * log(input / 665) + load + if(changed, log({{.Latency}}), 0) + 0.5 * normal(id, 'first'))) AS first,
    toUInt64(output * 1e6 * exp(-4 + load + if(changed, log({{.Latency}}), 0) + 0.4 * normal(id, 'token'))) AS rest,
    chance(id, 'error') < if(changed, {{.Errors}}, 0.008) AS failed,
    chance(id, 'tools') < 0.6 AS tools
SELECT at, reinterpretAsUUID(sipHash128({{.Seed}}, '{{.Model}}', id)), hex(sipHash128({{.Seed}}, '{{.Model}}', id)), hex(cityHash64('{{.Model}}', id)),
    '', user, 'team', concat('app-', toString(usual_user % 2)), 'chat', 'openai', 'vllm', '{{.Model}}', if(changed, '{{.Answering}}', '{{.Model}}'), true,
    if(failed, 500, 200), if(failed, 'upstream_error', 'ok'), if(failed, 'server_error', ''), ['stop'], first + rest, if(failed, 0, first),
    if(failed, NULL, input), if(failed, NULL, output), 0, if(failed, 'none', 'reported'),
    if(failed, NULL, toDecimal64((input * 2 + output * 8) / 1e6 * 20, 9)), if(tools, 3, 0), if(tools, 1, 0), if(tools, cityHash64(id), 0), cityHash64(id, 'p'), 2,
    if(tools AND NOT failed, ['tools.arguments_invalid'], []), if(tools AND NOT failed AND chance(id, 'bad tool') < if(changed, {{.ToolFailures}}, 0.02), ['tools.arguments_invalid'], []), 'fp_1'
FROM numbers({{.PerBlock}} * 144)
WHERE kept
