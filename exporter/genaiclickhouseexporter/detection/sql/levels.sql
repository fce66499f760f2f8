    -- a block's mean, freed of the mix of input sizes; of models with too few calls to flag, and of more than a run can take, nothing is read
    levels AS
    (
        SELECT metric, model, upstream, t, sum(b.calls) AS calls, sum(b.n) AS n, sum(b.s) / sum(b.n) AS plain, sum(b.s - b.n * b.mu) / sum(b.n) AS y
        FROM
        (
            SELECT metric, model, upstream, t, calls, n, s, sum(s) OVER of_stratum / sum(n) OVER of_stratum AS mu
            FROM {{.DB}}.blocks_10m AS m FINAL
            WHERE measure = 'mean' AND t < run AND t >= run - INTERVAL {{.HistoryDays}} DAY AND n > 0 AND {{.SeriesInScope "m"}} AND (model, upstream) GLOBAL IN
            (
                SELECT model, upstream FROM
                (
                    SELECT model, upstream, sum(calls) AS of_metric FROM {{.DB}}.blocks_10m WHERE measure = 'mean' AND t < run AND t >= run - INTERVAL {{.StepHours}} HOUR
                    GROUP BY model, upstream, metric HAVING of_metric >= {{.Drift.CallsMin}}
                    ORDER BY of_metric DESC, model, upstream LIMIT 1 BY model, upstream LIMIT {{.Drift.ModelsMax}}
                )
                UNION ALL
                SELECT model, upstream FROM {{.DB}}.findings FINAL WHERE kind = 'regression' AND state = 'open'
            )
            WINDOW of_stratum AS (PARTITION BY metric, model, upstream, stratum)
        ) AS b
        GROUP BY metric, model, upstream, t
    )
