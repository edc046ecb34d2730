-- Version 2: steps of several transactions. One row of planrun.step for each page, and one when the step is done.
ALTER TABLE planrun.step ADD COLUMN batch jsonb;
COMMENT ON COLUMN planrun.step.batch IS
  'of one page of a batched step: its number, its first and last key, its rows; NULL once the whole step is done';
COMMENT ON COLUMN planrun.step.result IS
  'of a step outside of a transaction: what the catalogs said before it, written and committed before it was sent';
CREATE OR REPLACE VIEW planrun.completed_steps AS
  SELECT r.plan, s.run_id, s.step, s.kind, s.description AS step_description, s.finished_at AS completed_at
  FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id
  WHERE s.status IN ('done', 'warned') AND s.reversed_by IS NULL AND r.direction = 'execute' AND s.batch IS NULL;
INSERT INTO planrun.version (version) VALUES (2);

ALTER TABLE planrun.conflict ADD COLUMN outcome text CHECK (outcome IN ('kept', 'restored'));
COMMENT ON COLUMN planrun.conflict.outcome IS 'what became of it; NULL: it stood in the way';

ALTER TABLE planrun.step ADD COLUMN again_by bigint REFERENCES planrun.run;
COMMENT ON COLUMN planrun.step.again_by IS 'the run that brought it again: it took back the rollback that had taken it back';
