-- Run before anything is known of the schema, as often as need be. compatible_from is the oldest schema version whose
-- Collectors can still write after the migration.
CREATE DATABASE IF NOT EXISTS {{.DB}}{{.OnCluster}};

CREATE TABLE IF NOT EXISTS {{.DB}}.schema_migrations{{.OnCluster}}
(
    version         UInt32,
    name            String,
    compatible_from UInt32,
    applied_at      DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Engine "ReplacingMergeTree" "applied_at"}}
ORDER BY version;

{{.Over "schema_migrations_all" "schema_migrations" "version"}}
