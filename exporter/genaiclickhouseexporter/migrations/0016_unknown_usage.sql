-- compatible_from: 1
-- Calls that fetch or cancel what another made, or count tokens, use nothing: they lack no usage.
CREATE OR REPLACE VIEW {{.DB}}.call_measures{{.OnCluster}} AS
WITH
    c.outcome = 'ok' AS is_ok,
    ifNull(c.output_tokens, 0) AS out_tokens,
    toInt64(ifNull(c.input_tokens, 0)) - toInt64(ifNull(c.cache_read_tokens, 0)) AS fresh_tokens,
    is_ok AND c.stream AND c.ttfc_us > 0 AS has_ttfc,
    has_ttfc AND out_tokens > 1 AND c.duration_us > c.ttfc_us AS has_tpot,
    multiIf(c.input_tokens IS NULL, 'unknown', fresh_tokens < 256, 'lt_256', fresh_tokens < 1024, 'lt_1k',
        fresh_tokens < 4096, 'lt_4k', fresh_tokens < 16384, 'lt_16k', fresh_tokens < 65536, 'lt_64k', 'ge_64k') AS input_size,
    toFloat64(ifNull(c.cost_usd, toDecimal64(0, 9))) AS cost,
    c.outcome NOT IN ('refused', 'client_abort') AS answered,
    ['rate_limit', 'quota', 'auth', 'context_length', 'not_found', 'invalid_request', 'other'] AS classes,
    if(has(classes, c.error_type), c.error_type, 'other') AS class_of_error
SELECT c.ts AS ts, c.call_id AS call_id, c.user_id AS user_id, c.upstream AS upstream, c.app AS app,
    if(c.model_requested = '', c.model, c.model_requested) AS model,
    m.1 AS measure, m.2 AS metric, m.3 AS series_app, m.4 AS stratum, m.5 AS x
FROM {{.DB}}.calls AS c
ARRAY JOIN arrayConcat(
    if(has_ttfc, [('mean', 'time_to_first_chunk', '', input_size, log(greatest(c.ttfc_us, 1) / 1e6))], []),
    if(has_tpot, [('mean', 'time_per_output_token', '', '', log(greatest(c.duration_us - c.ttfc_us, 1) / greatest(out_tokens - 1, 1) / 1e6))], []),
    if(is_ok AND out_tokens > 0, [('mean', 'output_tokens', '', '', log(greatest(out_tokens, 1)))], []),
    if(is_ok AND ifNull(c.input_tokens, 0) > 0, [('mean', 'input_tokens', '', '', log(greatest(ifNull(c.input_tokens, 0), 1)))], []),
    if(is_ok AND cost > 0, [('mean', 'cost_per_call', '', '', log(if(cost > 0, cost, 1)))], []),
    -- errors of the server are one rate, those of the client one per class
    if(answered, [('rate', 'error_rate', '', '', toFloat64(c.outcome IN ('upstream_error', 'timeout', 'tap_error')))], []),
    if(answered, arrayMap(class -> ('rate', concat('error_rate.', class), '', '', toFloat64(c.outcome = 'client_error' AND class_of_error = class)), classes), []),
    if(is_ok AND c.operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens'), [('rate', 'unknown_usage', '', '', toFloat64(c.usage_source = 'none'))], []),
    if(is_ok, [('rate', 'unknown_price', '', '', toFloat64(c.cost_usd IS NULL)),
        ('rate', 'refusals', '', '', toFloat64(hasAny(c.finish_reasons, ['content_filter', 'refusal'])))], []),
    arrayFlatten(arrayMap(check -> arrayMap(of -> ('rate', toString(check), of, '', toFloat64(has(c.fidelity_failed, check))),
        if(c.app = '', [''], ['', toString(c.app)])), c.fidelity_applicable))
) AS m;
