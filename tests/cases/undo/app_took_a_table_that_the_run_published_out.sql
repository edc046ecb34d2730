-- expect: conflict
-- conflict: altered membership in publication "p" of public.t
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE PUBLICATION p;
-- change
ALTER PUBLICATION p ADD TABLE t (id);
-- application
ALTER PUBLICATION p DROP TABLE t;
