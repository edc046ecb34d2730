-- The index of a partitioned table takes its parameters when it is made, and never later.
-- expect: restored
-- setup
CREATE TABLE t (id int, v text, CONSTRAINT k PRIMARY KEY (id) WITH (fillfactor = 50),
  CONSTRAINT u UNIQUE (v, id) WITH (fillfactor = 60, deduplicate_items = off) DEFERRABLE) PARTITION BY LIST (id);
CREATE TABLE t_one PARTITION OF t FOR VALUES IN (1);
CREATE TABLE s (id int, CONSTRAINT s_key PRIMARY KEY (id) WITH (fillfactor = 70)) PARTITION BY LIST (id);
CREATE TABLE s_one PARTITION OF s FOR VALUES IN (1);
INSERT INTO s VALUES (1);
-- change
ALTER TABLE t DROP CONSTRAINT k, DROP CONSTRAINT u;
DROP TABLE s;
