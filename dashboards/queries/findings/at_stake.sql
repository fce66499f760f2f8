-- Incidents of the same are about the same calls, of which the longest has all: their money counts once.
SELECT toFloat64(ifNull(sum(usd), 0)) AS cost_usd
FROM (
    SELECT max(f.cost_usd) AS usd
    FROM findings AS f FINAL
    WHERE f.state = 'open'
        AND {{findings}}
    GROUP BY f.model, f.upstream, f.app, f.team, f.user_id, f.conversation_id
)
