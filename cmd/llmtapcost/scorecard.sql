-- Each call is counted for itself, once for each item that its checks belong to: to keep the ids of all calls, or to look at each check of
-- each, would take more memory and time than a store has.
WITH
    check -> transform(check, {checks:Array(String)}, {items:Array(String)}, 'other') AS item_of,
    called AS
    (
        SELECT
            replaceRegexpAll(c.upstream, '[\\p{Cc}\\p{Cf}]', '�') AS upstream, replaceRegexpAll(c.model, '[\\p{Cc}\\p{Cf}]', '�') AS model,
            replaceRegexpAll(c.server_version, '[\\p{Cc}\\p{Cf}]', '�') AS server, c.call_id AS call_id,
            c.fidelity_failed AS failed, c.fidelity_suspected AS suspected,
            arrayDistinct(arrayMap(check -> item_of(check), c.fidelity_applicable)) AS decided_items,
            arrayDistinct(arrayConcat(decided_items, arrayMap(check -> item_of(check), c.fidelity_undecidable))) AS items,
            c.previous_response_id != '' OR c.turn > 1 AS continued,
            c.tools_offered > 0 AS with_tools,
            c.response_format IN ('json_object', 'json_schema') AS structured,
            c.stream AS streamed,
            c.input_images + c.input_audios + c.input_files > 0 AS with_files
        FROM calls AS c
        WHERE c.ts >= now() - toIntervalSecond({seconds:UInt32})
    ),
    judged AS
    (
        SELECT
            upstream, model, server, call_id, item,
            has(decided_items, item) AS decided,
            arrayFilter(check -> item_of(check) = item, failed) AS failed_of_item,
            arrayFilter(check -> item_of(check) = item, suspected) AS suspected_of_item,
            multiIf(
                item = 'stateful conversations', continued,
                item = 'tool calling', with_tools,
                item = 'structured output', structured,
                item = 'streaming events', streamed,
                item = 'files and multimodal', with_files,
                true) AS asked
        FROM called
        ARRAY JOIN items AS item
        WHERE asked OR notEmpty(failed_of_item) OR notEmpty(suspected_of_item)
    )
SELECT
    upstream,
    model,
    server,
    item,
    count() AS used_by,
    countIf(notEmpty(failed_of_item)) AS broken_by,
    countIf(notEmpty(suspected_of_item)) AS suspected_in,
    countIf(decided) AS decided_in,
    if(decided_in = 0, '', concat(toString(round(100 * (1 - broken_by / decided_in), 1)), ' %')) AS kept,
    arrayStringConcat(arrayMap(x -> concat(replaceRegexpAll(x.2, '[\\p{Cc}\\p{Cf}]', '�'), ' ', toString(x.1)), arraySlice(arrayReverseSort(
        arrayZip((sumMap(arrayConcat(failed_of_item, suspected_of_item) AS noted, arrayMap(x -> 1, noted)) AS notes).2, notes.1)), 1, 3)), ', ') AS most,
    anyIf(toString(call_id), notEmpty(failed_of_item)) AS example
FROM judged
GROUP BY upstream, model, server, item
ORDER BY upstream, model, server, broken_by DESC, item
LIMIT 500
FORMAT PrettyCompactMonoBlock
