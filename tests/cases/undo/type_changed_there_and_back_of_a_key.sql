-- expect: restored
-- setup
CREATE TABLE t (id text PRIMARY KEY, v int);
INSERT INTO t VALUES ('007', 1), ('8', 2);
-- change
ALTER TABLE t ALTER id TYPE int USING id::int;
ALTER TABLE t ALTER id TYPE text;
