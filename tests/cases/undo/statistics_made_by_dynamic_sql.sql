-- The statistics are all that the step writes of the table, which no name in it leads to.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a text, b text);
CREATE TABLE child (id int PRIMARY KEY, t int REFERENCES t);
INSERT INTO t VALUES (1, 'a', 'b');
INSERT INTO child VALUES (1, 1);
-- change
DO $$BEGIN EXECUTE 'CREATE STATISTICS s ON a, b FROM ' || 't'; END$$;
