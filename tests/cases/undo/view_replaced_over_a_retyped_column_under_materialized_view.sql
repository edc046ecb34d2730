-- expect: refused: public.v: it stays, and is bound to a column whose old type comes back
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE VIEW v AS SELECT id, a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT * FROM v;
-- change
CREATE OR REPLACE VIEW v AS SELECT id, 1 AS a FROM t;
ALTER TABLE t ALTER a TYPE bigint;
CREATE OR REPLACE VIEW v AS SELECT id, a::int AS a FROM t;
