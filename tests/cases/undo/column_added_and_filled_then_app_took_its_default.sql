-- expect: restored
-- No row was left that the step did not fill: one that holds the default is a new one, which nobody wrote to.
-- setup
CREATE TYPE mood AS ENUM ('sad', 'it''s well');
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE keyless (v int);
CREATE TABLE none_yet (id int PRIMARY KEY);
INSERT INTO t SELECT i, i FROM generate_series(1, 5) i;
INSERT INTO keyless SELECT i FROM generate_series(1, 5) i;
-- change
ALTER TABLE t ADD COLUMN state text, ADD COLUMN n numeric(6, 2), ADD COLUMN feels mood, ADD COLUMN open boolean;
ALTER TABLE t ALTER state SET DEFAULT 'new', ALTER n SET DEFAULT -1.5, ALTER feels SET DEFAULT 'it''s well';
UPDATE t SET state = 'old', n = id, feels = 'sad', open = true;
ALTER TABLE t ALTER state SET NOT NULL, ALTER n SET NOT NULL, ALTER feels SET NOT NULL;
ALTER TABLE keyless ADD COLUMN state text;
ALTER TABLE keyless ALTER state SET DEFAULT 'new';
UPDATE keyless SET state = 'old ' || v;
ALTER TABLE none_yet ADD COLUMN state varchar(9);
ALTER TABLE none_yet ALTER state SET DEFAULT 'new';
-- application
INSERT INTO t VALUES (6, 6), (7, 7);
INSERT INTO keyless VALUES (8), (8);
INSERT INTO none_yet VALUES (1);
