-- expect: conflict
-- conflict: filled "public"."t" (b,2,new) note
-- conflict: filled "public"."t" (c,9,"old c") note
-- conflict: filled "public"."t" (e,5,mine) note
-- conflict: filled "public"."t" (a,1,"old a") note
-- A value of the run in a row that was changed, or that is there once more, may be the application's.
-- setup
CREATE TABLE t (a text, v int);
INSERT INTO t VALUES ('a', 1), ('a', 1), ('b', 2), ('c', 3), ('d', 4);
-- change
ALTER TABLE t ADD COLUMN note text;
UPDATE t SET note = 'old ' || a;
-- application
UPDATE t SET note = 'new' WHERE a = 'b';
UPDATE t SET v = 9 WHERE a = 'c';
UPDATE t SET note = NULL WHERE a = 'd';
INSERT INTO t VALUES ('e', 5, 'mine'), ('a', 1, 'old a');
