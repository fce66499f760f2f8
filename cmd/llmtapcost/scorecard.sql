WITH
    judged AS
    (
        SELECT
            replaceRegexpAll(c.upstream, '[\\p{Cc}\\p{Cf}]', '�') AS upstream, replaceRegexpAll(c.model, '[\\p{Cc}\\p{Cf}]', '�') AS model,
            replaceRegexpAll(c.server_version, '[\\p{Cc}\\p{Cf}]', '�') AS server, c.call_id AS call_id, check,
            transform(check, {checks:Array(String)}, {items:Array(String)}, 'other') AS item,
            has(c.fidelity_failed, check) AS failed,
            has(c.fidelity_suspected, check) AS suspected,
            has(c.fidelity_undecidable, check) AS undecidable,
            multiIf(
                item = 'stateful conversations', c.previous_response_id != '' OR c.turn > 1,
                item = 'tool calling', c.tools_offered > 0,
                item = 'structured output', c.response_format IN ('json_object', 'json_schema'),
                item = 'streaming events', c.stream,
                item = 'files and multimodal', c.input_images + c.input_audios + c.input_files > 0,
                true) AS asked
        FROM llmtap.calls AS c
        ARRAY JOIN arrayConcat(c.fidelity_applicable, c.fidelity_undecidable) AS check
        WHERE c.ts >= now() - toIntervalSecond({seconds:UInt32})
    ),
    checked AS
    (
        SELECT
            upstream, model, server, item, check,
            groupUniqArray(call_id) AS used,
            groupUniqArrayIf(call_id, failed) AS broken,
            groupUniqArrayIf(call_id, suspected) AS doubted,
            groupUniqArrayIf(call_id, NOT undecidable) AS decided
        FROM judged
        WHERE asked OR failed OR suspected
        GROUP BY upstream, model, server, item, check
    )
SELECT
    upstream,
    model,
    server,
    item,
    length(arrayDistinct(arrayFlatten(groupArray(used)))) AS used_by,
    length(arrayDistinct(arrayFlatten(groupArray(broken))) AS broken_calls) AS broken_by,
    length(arrayDistinct(arrayFlatten(groupArray(doubted)))) AS suspected_in,
    length(arrayDistinct(arrayFlatten(groupArray(decided)))) AS decided_in,
    if(decided_in = 0, '', concat(toString(round(100 * (1 - broken_by / decided_in), 1)), ' %')) AS kept,
    arrayStringConcat(arrayMap(f -> concat(replaceRegexpAll(f.2, '[\\p{Cc}\\p{Cf}]', '�'), ' ', toString(f.1)), arraySlice(arrayReverseSort(
        groupArrayIf((length(broken) + length(doubted), check), notEmpty(broken) OR notEmpty(doubted))), 1, 3)), ', ') AS most,
    if(notEmpty(broken_calls), toString(broken_calls[1]), '') AS example
FROM checked
GROUP BY upstream, model, server, item
ORDER BY upstream, model, server, broken_by DESC, item
LIMIT 500
FORMAT PrettyCompactMonoBlock
