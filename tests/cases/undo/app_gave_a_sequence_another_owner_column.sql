-- expect: conflict
-- conflict: altered owning column of "public"."s"
-- setup
CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE SEQUENCE s;
-- change
ALTER SEQUENCE s OWNED BY t.id;
-- application
ALTER SEQUENCE s OWNED BY t.n;
