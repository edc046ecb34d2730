-- The way back drops the type, and has made and dropped tables of its own meanwhile: it can be taken back all the same.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 5) i;
-- change
UPDATE t SET id = id + 10 WHERE id > 2;
UPDATE t SET id = id - 5 WHERE id > 2;
CREATE DOMAIN odd AS int CHECK (VALUE % 2 = 1);
CREATE TABLE made (id int PRIMARY KEY, o odd);
INSERT INTO made VALUES (1, 1);
