-- expect: conflict
-- majors: 15
-- The collation takes both for equal; they are two values all the same.
-- setup
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE loose, v int);
INSERT INTO t VALUES (1, 'Anna', 1), (2, 'Bert', 2), (3, 'Carl', 3), (4, 'Dora', 4);
-- change
UPDATE t SET name = upper(name);
INSERT INTO t VALUES (5, 'EMIL', 5);
DELETE FROM t WHERE id = 4;
-- application
UPDATE t SET name = 'anna' WHERE id = 1;
UPDATE t SET name = 'Bert' WHERE id = 2;
UPDATE t SET name = 'emil' WHERE id = 5;
INSERT INTO t VALUES (4, 'dora', 4);
-- conflict: changed "public"."t" id = 1 name
-- conflict: changed "public"."t" id = 5 name
-- conflict: exists "public"."t" id = 4
