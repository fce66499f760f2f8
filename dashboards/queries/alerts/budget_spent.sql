SELECT scope, key, period, used_share AS value
FROM (
    {{budgets}}
)
WHERE value >= 0.9
