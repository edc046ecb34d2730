-- expect: restored
-- setup
CREATE TYPE mood AS ENUM ('sad', 'well');
CREATE TABLE t (id int, d int, v numeric(8, 2) DEFAULT 1.50, feels text, at timestamp, twice numeric GENERATED ALWAYS AS (v * 2) STORED) PARTITION BY LIST (d);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE empty PARTITION OF t FOR VALUES IN (9);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2, 3) PARTITION BY LIST (d);
CREATE TABLE t21 PARTITION OF t2 FOR VALUES IN (2);
CREATE TABLE t22 PARTITION OF t2 FOR VALUES IN (3);
CREATE UNIQUE INDEX by_id ON t (id, d);
CREATE INDEX by_at ON t (at, (v + 1)) WHERE id > 2;
CREATE VIEW sums AS SELECT d, sum(id) FROM t GROUP BY d;
COMMENT ON INDEX by_at IS 'of days';
ALTER TABLE t ADD CHECK (id > 0);
INSERT INTO t SELECT i, 1 + i % 3, i / 4.0, CASE WHEN i % 2 = 0 THEN 'sad' ELSE 'well' END, now() FROM generate_series(1, 12) i;
-- change
ALTER TABLE t ALTER feels TYPE mood USING feels::mood;
UPDATE t SET feels = 'sad' WHERE id > 9;
-- change
DROP VIEW sums;
ALTER TABLE t ALTER id TYPE bigint, ALTER at TYPE timestamptz;
CREATE VIEW sums AS SELECT d, sum(id) FROM t GROUP BY d;
-- change
DELETE FROM t WHERE id = 4;
INSERT INTO t (id, d) VALUES (100, 1);
-- change
ALTER TABLE t RENAME feels TO mood;
DROP TABLE t22;
