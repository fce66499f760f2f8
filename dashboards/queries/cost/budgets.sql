{{budgets}}
ORDER BY used_share DESC, scope, key, period
LIMIT 100
