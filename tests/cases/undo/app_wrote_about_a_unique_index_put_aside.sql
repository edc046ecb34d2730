-- Values were passed between rows: the index is away while the rows come back, and so would the comment be.
-- expect: conflict
-- conflict: altered comment of index "x" of "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE UNIQUE INDEX x ON t (a);
INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);
-- change
UPDATE t SET a = 0 WHERE id = 1; UPDATE t SET a = 1 WHERE id = 2; UPDATE t SET a = 2 WHERE id = 1;
-- application
COMMENT ON INDEX x IS 'of the application';
