-- Version 4: what ways back make again has other numbers than before.
INSERT INTO planrun.version (version) VALUES (4);

CREATE TABLE planrun.remade (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES planrun.run,
  was oid NOT NULL,
  now oid NOT NULL,
  columns jsonb NOT NULL
);
COMMENT ON TABLE planrun.remade IS 'tables that a way back made again, or some of their columns';
COMMENT ON COLUMN planrun.remade.run_id IS 'the way back';
COMMENT ON COLUMN planrun.remade.was IS 'the OID of the table in what was recorded before';
COMMENT ON COLUMN planrun.remade.now IS 'its OID since';
COMMENT ON COLUMN planrun.remade.columns IS 'the numbers of the columns that were made again, since, by those of before';
