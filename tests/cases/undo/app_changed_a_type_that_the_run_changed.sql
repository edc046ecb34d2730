-- expect: conflict
-- conflict: altered type "v" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text);
INSERT INTO t VALUES (1, 'one');
-- change
ALTER TABLE t ALTER COLUMN v TYPE varchar(20);
-- application
ALTER TABLE t ALTER COLUMN v TYPE varchar(10);
