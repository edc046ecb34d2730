-- The history: what ran, what it did, and how it comes back. Created in one transaction by the first run.
CREATE SCHEMA planrun;
COMMENT ON SCHEMA planrun IS 'history, undo logs and lease of planrun; not part of the application';
REVOKE ALL ON SCHEMA planrun FROM PUBLIC;

CREATE TABLE planrun.version (
  version integer PRIMARY KEY,
  installed_at timestamptz NOT NULL DEFAULT pg_catalog.now()
);
COMMENT ON TABLE planrun.version IS 'version of these tables; a newer one than the program knows is refused';
INSERT INTO planrun.version (version) VALUES (1);

CREATE TABLE planrun.lease (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  token bigint NOT NULL DEFAULT 0,
  holder text,
  backend integer,
  backend_start timestamptz,
  expires_at timestamptz
);
COMMENT ON TABLE planrun.lease IS 'who may run now; a higher token fences off every earlier holder';
INSERT INTO planrun.lease DEFAULT VALUES;

CREATE TABLE planrun.run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('execute', 'rollback')),
  reverses bigint REFERENCES planrun.run,
  status text NOT NULL CHECK (status IN ('running', 'done', 'failed', 'rolled back')),
  transaction text NOT NULL CHECK (transaction IN ('step', 'plan')),
  error text,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  role text NOT NULL DEFAULT session_user,
  tool text NOT NULL,
  finalized_at timestamptz
);
COMMENT ON TABLE planrun.run IS 'one execution of a plan, forward (execute) or reverse (rollback)';
COMMENT ON COLUMN planrun.run.reverses IS 'of a rollback: the run that it took back';

CREATE TABLE planrun.step (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES planrun.run,
  step text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('backup', 'migrate', 'check', 'rollback')),
  description text NOT NULL DEFAULT '',
  status text NOT NULL CHECK (status IN ('running', 'done', 'warned', 'failed')),
  digest text NOT NULL,
  source text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  rows bigint,
  statements jsonb,
  result jsonb,
  undo jsonb,
  undo_bytes bigint,
  error text,
  reversed_by bigint REFERENCES planrun.run
);
COMMENT ON TABLE planrun.step IS 'one step of a run; written in the transaction of its effect';
COMMENT ON COLUMN planrun.step.source IS 'the rendered statements, as they were sent';
COMMENT ON COLUMN planrun.step.digest IS 'sha256 of the rendered work; a step that ran and has another one now is refused';
COMMENT ON COLUMN planrun.step.undo IS 'how the step comes back; the rows themselves stand in side tables';
CREATE INDEX ON planrun.step (run_id);

CREATE TABLE planrun.saved_result (
  run_id bigint NOT NULL REFERENCES planrun.run,
  name text NOT NULL,
  result jsonb NOT NULL,
  PRIMARY KEY (run_id, name)
);
COMMENT ON TABLE planrun.saved_result IS 'results that checks kept with save_as';

CREATE TABLE planrun.artifact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES planrun.run,
  step text NOT NULL,
  backup_type varchar(50) NOT NULL,
  backup_path text NOT NULL,
  backup_size bigint,
  backup_status varchar(20) NOT NULL DEFAULT 'pending'
    CHECK (backup_status IN ('pending', 'running', 'completed', 'failed')),
  created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  completed_at timestamptz,
  error_message text,
  sha256 text,
  rows bigint
);
COMMENT ON TABLE planrun.artifact IS 'one backup file or table';
CREATE VIEW planrun.backup_monitoring AS
  SELECT id, backup_type, backup_path, backup_size, backup_status,
    created_at::timestamp AS created_at, completed_at::timestamp AS completed_at, error_message
  FROM planrun.artifact;
COMMENT ON VIEW planrun.backup_monitoring IS 'the backups with the columns of the procedure';

CREATE VIEW planrun.completed_steps AS
  SELECT r.plan, s.run_id, s.step, s.kind, s.description AS step_description, s.finished_at AS completed_at
  FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id
  WHERE s.status IN ('done', 'warned') AND s.reversed_by IS NULL AND r.direction = 'execute';
COMMENT ON VIEW planrun.completed_steps IS 'the steps that are in effect, in place of marker tables';

CREATE TABLE planrun.conflict (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES planrun.run,
  step_id text NOT NULL,
  relid oid NOT NULL,
  relation text NOT NULL,
  key text NOT NULL,
  column_name text,
  before text,
  after text,
  now text,
  kind text NOT NULL
);
COMMENT ON TABLE planrun.conflict IS 'what the application changed since and a rollback would have overwritten';
CREATE INDEX ON planrun.conflict (run_id, relid, key);
