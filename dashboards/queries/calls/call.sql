-- Numbers are written for people: 1,974 and 160 ms.
WITH
    n -> reverse(trim(TRAILING ',' FROM replaceRegexpAll(reverse(toString(n)), '(\\d{3})', '\\1,'))) AS grouped,
    us -> multiIf(
        us >= 99950000, printf('%.0f s', us / 1e6), us >= 999500, printf('%.3g s', us / 1e6),
        us >= 1000, printf('%.3g ms', us / 1e3), printf('%.0f µs', us / 1)) AS lasting
SELECT line.1 AS what, line.2 AS value
FROM calls AS c
ARRAY JOIN [
    ('Started', toString(c.ts) || ' UTC'),
    ('User', c.user_id),
    ('Team, app, environment', arrayStringConcat([toString(c.team), toString(c.app), toString(c.environment)], ' · ')),
    ('API key', if(c.key_hash = '', '', c.key_hash || ' (hash)')),
    ('Labels', arrayStringConcat(arrayMap((name, value) -> name || ': ' || value, mapKeys(c.labels), mapValues(c.labels)), ', ')),
    ('Operation', toString(c.operation) || if(c.stream, ', streamed', '')),
    ('Model', if(c.model_requested != c.model, c.model_requested || ' → ' || c.model, toString(c.model))),
    ('Upstream', c.upstream || if(c.server_version = '', '', ' (' || c.server_version || ')')),
    ('Outcome', toString(c.outcome) || if(c.error_type = '', '', ', ' || c.error_type) || ', HTTP ' || toString(c.http_status)),
    ('Finish reasons', arrayStringConcat(c.finish_reasons, ', ')),
    ('Total', lasting(c.duration_us)),
    ('First chunk', if(c.ttfc_us = 0, '', lasting(c.ttfc_us))),
    ('Worst gap', if(c.max_gap_us = 0, '', lasting(c.max_gap_us))),
    ('Added by the tap', lasting(c.tap_overhead_us)),
    ('Input tokens', ifNull(grouped(c.input_tokens), 'unknown')),
    ('of these cached', ifNull(grouped(c.cache_read_tokens), 'unknown')),
    ('Output tokens', ifNull(grouped(c.output_tokens), 'unknown')),
    ('of these reasoning', ifNull(grouped(c.reasoning_tokens), 'unknown')),
    ('Usage', toString(c.usage_source)),
    ('Cost', ifNull('$' || toString(c.cost_usd), 'unknown')),
    ('Price', arrayStringConcat([toString(c.cost_source), toString(c.price_version)], ' ')),
    ('Tools offered, called', toString(c.tools_offered) || ', ' || toString(c.tool_calls)),
    ('Retry', toString(c.retry)),
    ('Conversation', c.conversation_id || if(c.conversation_derived, ' (derived)', '')),
    ('Answer id', c.response_id),
    ('Trace', c.trace_id)
] AS line
WHERE c.call_id = toUUIDOrZero({call:String})
LIMIT 100
