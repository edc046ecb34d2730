-- expect: conflict
-- conflict: altered statistics "public"."st"
-- conflict: altered statistics "public"."more"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
-- change
CREATE STATISTICS st ON a, b FROM t;
CREATE STATISTICS more (ndistinct) ON a, (b + c) FROM t;
-- application
DROP STATISTICS st, more;
CREATE STATISTICS st ON a, c FROM t;
CREATE STATISTICS more (ndistinct) ON a, (b - c) FROM t;
