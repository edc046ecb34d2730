-- Version 3: backups lie in sets and stores. One row of planrun.artifact for each place that holds a backup.
INSERT INTO planrun.version (version) VALUES (3);

ALTER TABLE planrun.artifact
  ADD COLUMN set_name text,
  ADD COLUMN store text,
  ADD COLUMN verified_at timestamptz,
  ADD COLUMN verified_level text CHECK (verified_level IN ('bytes', 'restored')),
  ADD COLUMN pruned_at timestamptz,
  DROP CONSTRAINT artifact_backup_status_check,
  ADD CONSTRAINT artifact_backup_status_check
    CHECK (backup_status IN ('pending', 'running', 'completed', 'failed', 'missing', 'pruned'));
COMMENT ON TABLE planrun.artifact IS 'one backup, file or table, in one place';
COMMENT ON COLUMN planrun.artifact.set_name IS 'the backup set that it belongs to; NULL for a table in the database';
COMMENT ON COLUMN planrun.artifact.store IS 'the folder or the bucket that holds the set; NULL for a table';
COMMENT ON COLUMN planrun.artifact.verified_at IS 'when its set was last found to be what the manifest says';
COMMENT ON COLUMN planrun.artifact.verified_level IS 'what was compared then: bytes, or the rows of a restored copy';
COMMENT ON COLUMN planrun.artifact.pruned_at IS 'when retention removed it';
CREATE INDEX ON planrun.artifact (set_name, store);

-- A copy in the database needs nobody to look after it: the way back drops it, and the catalogs know the rest.
CREATE OR REPLACE VIEW planrun.backup_monitoring AS
  SELECT a.id, a.backup_type, a.backup_path, a.backup_size, CASE
      WHEN a.backup_type <> 'table' OR a.backup_status <> 'completed' THEN a.backup_status
      WHEN EXISTS (SELECT FROM planrun.step s WHERE s.run_id = a.run_id AND s.step = a.step
                   AND s.reversed_by IS NOT NULL) THEN 'pruned'
      WHEN EXISTS (
        SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE '"' || pg_catalog.replace(n.nspname, '"', '""') || '"."' || pg_catalog.replace(c.relname, '"', '""') || '"'
          = a.backup_path) THEN a.backup_status
      ELSE 'missing'
    END::varchar(20) AS backup_status,
    a.created_at::timestamp AS created_at, a.completed_at::timestamp AS completed_at, a.error_message
  FROM planrun.artifact a;
