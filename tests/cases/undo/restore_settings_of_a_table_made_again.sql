-- expect: settled
-- on conflict: restore
-- conflict: altered privileges, comments or settings of relation "public"."t" -> restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 2);
-- change
DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, a int);
-- application
ALTER TABLE t SET (fillfactor = 55); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
