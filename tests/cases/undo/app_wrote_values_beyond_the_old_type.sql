-- expect: conflict
-- conflict: type "public"."t" id = 1 v
-- conflict: type "public"."t" id = 6 v
-- conflict: type "public"."t" id = 7 d
-- Of the domain too; what else stands in the way is told when these are settled.
-- setup
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE TABLE t (id int PRIMARY KEY, v int, d small);
INSERT INTO t SELECT i, i, i FROM generate_series(1, 5) i;
-- change
ALTER TABLE t ALTER v TYPE text USING 'no ' || v;
ALTER TABLE t ALTER d TYPE int;
-- application
UPDATE t SET v = 'many' WHERE id = 1;
UPDATE t SET v = '7' WHERE id = 2;
INSERT INTO t VALUES (6, 'six', 6), (7, '7', 700);
