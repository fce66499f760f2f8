-- A call that a budget refused has used nothing, nor has one that fetches or cancels what another made, or counts tokens.
SELECT countIf(c.usage_source = 'none') / count() AS share
FROM calls AS c
WHERE {{calls}}
    AND c.outcome != 'refused' AND c.operation NOT IN ('fetch_response', 'cancel_response', 'count_tokens')
