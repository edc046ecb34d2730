-- expect: refused: public.v: it was there before
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + x FROM t WHERE id = x; END;
CREATE VIEW v AS SELECT f(3) AS x;
-- change
CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
ALTER TABLE t ALTER a TYPE bigint;
CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a::int + x FROM t WHERE id = x; END;
