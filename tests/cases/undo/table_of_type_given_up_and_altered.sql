-- expect: restored
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t OF pair (PRIMARY KEY (a));
CREATE TABLE s (a int PRIMARY KEY, c text, d int);
INSERT INTO t VALUES (1, 'x');
INSERT INTO s VALUES (1, 'x', 2);
-- change
ALTER TABLE t NOT OF;
ALTER TABLE t ADD d int;
ALTER TABLE t RENAME b TO c;
UPDATE t SET c = 'y', d = 3;
ALTER TABLE s RENAME c TO b;
ALTER TABLE s DROP d;
ALTER TABLE s OF pair;
UPDATE s SET b = 'y';
