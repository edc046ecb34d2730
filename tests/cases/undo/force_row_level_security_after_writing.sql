-- expect: refused: its row security, forced on its owner too, may hide rows
-- setup
CREATE TABLE t (id text PRIMARY KEY, v int);
INSERT INTO t VALUES ('a', 1);
-- change
UPDATE t SET v = 2;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
