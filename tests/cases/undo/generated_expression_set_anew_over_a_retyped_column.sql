-- expect: refused: column c of table public.t: it stays, and is bound to a column whose old type comes back
-- majors: 17 18
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, c int GENERATED ALWAYS AS (a + 1) STORED);
INSERT INTO t VALUES (1, 1);
-- change
ALTER TABLE t ALTER c SET EXPRESSION AS (id);
ALTER TABLE t ALTER a TYPE bigint;
ALTER TABLE t ALTER c SET EXPRESSION AS (a::int + 1);
