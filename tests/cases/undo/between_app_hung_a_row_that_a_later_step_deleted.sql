-- The second step gives the row back that hangs on a row of the first.
-- expect: conflict
-- conflict: referenced "public"."t" id = 3
-- setup
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t);
INSERT INTO t VALUES (1), (2);
-- change
INSERT INTO t VALUES (3);
-- application
INSERT INTO u VALUES (1, 3);
-- change
DELETE FROM u;
