-- compatible_from: 1
-- An incident knows up to when calls began that its cost has, so that those of a time without runs are counted by the next one.
ALTER TABLE {{.Local "findings"}}{{.OnCluster}} ADD COLUMN IF NOT EXISTS cost_until Nullable(DateTime('UTC'));

{{if .OnCluster}}ALTER TABLE {{.DB}}.findings{{.OnCluster}} ADD COLUMN IF NOT EXISTS cost_until Nullable(DateTime('UTC'));{{end}}

-- The latest state of every finding, with whether it is silenced and who has seen it.
CREATE OR REPLACE VIEW {{.DB}}.findings_latest{{.OnCluster}} AS
SELECT f.*, a.author AS acknowledged_by,
    arrayExists(s -> (s.1 = '' OR s.1 = f.kind) AND (s.2 = f.key OR endsWith(s.2, '*') AND startsWith(f.key, substring(s.2, 1, length(s.2) - 1))) AND (s.3 = '' OR s.3 = f.metric),
        (SELECT groupArray((toString(kind), key, toString(metric))) FROM {{.DB}}.silences FINAL WHERE until > now())) AS silenced
FROM (SELECT * FROM {{.DB}}.findings FINAL) AS f
LEFT JOIN (SELECT * FROM {{.DB}}.acknowledgements FINAL) AS a ON a.finding_id = f.finding_id
SETTINGS join_use_nulls = 0;
