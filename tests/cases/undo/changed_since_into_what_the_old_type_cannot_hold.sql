-- expect: conflict
-- conflict: changed "public"."t" id = 1 v
-- conflict: type "public"."t" id = 4 v
-- What the run wrote and the application changed is told once; what the application made, as what it is.
-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);
-- change
ALTER TABLE t ALTER v TYPE numeric;
UPDATE t SET v = v * 2;
-- application
UPDATE t SET v = 5.5 WHERE id = 1;
INSERT INTO t VALUES (4, 6.5);
