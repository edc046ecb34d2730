-- expect: conflict
-- conflict: filled "public"."t" id = 3 state
-- conflict: filled "public"."t" id = 2 state
-- conflict: filled "public"."t" id = 9 state
-- conflict: filled "public"."other" id = 1 state
-- conflict: filled "public"."other" id = 2 at
-- A row was left without a value: what holds the default now may have been written there. Where none was left, a value
-- of the run that was set to the default was written, and what a function gave may have been.
-- setup
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (2), (3);
CREATE TABLE other (id int PRIMARY KEY);
INSERT INTO other VALUES (1);
-- change
ALTER TABLE t ADD COLUMN state text;
ALTER TABLE t ALTER state SET DEFAULT 'new';
UPDATE t SET state = 'old' WHERE id < 3;
ALTER TABLE other ADD COLUMN state text, ADD COLUMN at date;
ALTER TABLE other ALTER state SET DEFAULT 'new', ALTER at SET DEFAULT CURRENT_DATE;
UPDATE other SET state = 'old', at = '2020-01-01';
-- application
UPDATE t SET state = 'new' WHERE id > 1;
INSERT INTO t VALUES (9);
UPDATE other SET state = 'new';
INSERT INTO other VALUES (2);
