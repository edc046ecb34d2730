-- expect: refused: it has no key that tells its rows apart, and foreign keys that act on their own refer to it
-- setup
CREATE TABLE t (u int UNIQUE, v int);
CREATE TABLE c (id int PRIMARY KEY, u int REFERENCES t (u) ON DELETE CASCADE);
INSERT INTO t SELECT i, i FROM generate_series(1, 6) i;
-- change
UPDATE t SET v = 0 WHERE u = 3;
