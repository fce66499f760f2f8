-- Of budgets that follow each other the latest, as prices are: one that has no end is over when the next begins.
SELECT *
FROM budgets FINAL
WHERE valid_from <= {{until}} AND (valid_to IS NULL OR valid_to > {{until}})
ORDER BY valid_from DESC
LIMIT 1 BY scope, key, period
