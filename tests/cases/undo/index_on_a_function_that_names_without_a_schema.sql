-- From 17 on PostgreSQL makes no such index.
-- majors: 15 16
-- expect: restored
-- setup
CREATE FUNCTION inner_f(a int) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION positive(a int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) > 0; END $$;
CREATE FUNCTION twice(a int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN inner_f(a) * 2; END $$;
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 1), (2, 2);
CREATE INDEX twice_v ON t (twice(v));
-- change
DROP INDEX twice_v;
