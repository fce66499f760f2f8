-- compatible_from: 1
-- A reader whose profile has joins give NULL for what is not there is refused the view, unless it says itself what its own join gives.
CREATE OR REPLACE VIEW {{.DB}}.findings_latest{{.OnCluster}} AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM {{.DB}}.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM {{.DB}}.findings FINAL) AS f
LEFT JOIN (SELECT * FROM {{.DB}}.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id
SETTINGS join_use_nulls = 0;
