    -- a block's mean, freed of the mix of input sizes
    levels AS
    (
        SELECT metric, model, upstream, t, sum(b.calls) AS calls, sum(b.n) AS n, sum(b.s) / sum(b.n) AS plain, sum(b.s - b.n * b.mu) / sum(b.n) AS y
        FROM
        (
            SELECT metric, model, upstream, t, calls, n, s, sum(s) OVER of_stratum / sum(n) OVER of_stratum AS mu
            FROM {{.DB}}.blocks_10m AS m FINAL
            WHERE measure = 'mean' AND t < run AND t >= run - INTERVAL {{.HistoryDays}} DAY AND n > 0 AND {{.SeriesInScope "m"}}
            WINDOW of_stratum AS (PARTITION BY metric, model, upstream, stratum)
        ) AS b
        GROUP BY metric, model, upstream, t
    )
