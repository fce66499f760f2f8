    -- the latest block, and when the first call after it began of which blocks are made; 1970 when there is none. A call of which nothing is
    -- measured makes none: a day of such calls would be done again with each run, and what came after it never
    (SELECT max(b.t) FROM {{.DB}}.blocks_10m AS b WHERE b.t < run) AS last,
    (
        SELECT min(m.ts) FROM
        (
            SELECT c.ts AS ts, c.user_id AS user_id, c.app AS app, if(c.model_requested = '', c.model, c.model_requested) AS model FROM {{.DB}}.calls AS c
            WHERE c.ts >= greatest(last + INTERVAL 10 MINUTE, run - INTERVAL {{.HistoryDays}} DAY) AND c.ts < run
                AND (c.outcome NOT IN ('refused', 'client_abort') OR notEmpty(c.fidelity_applicable))
        ) AS m
        WHERE {{.InScope "m"}}
    ) AS next
