-- expect: conflict
-- conflict: altered membership in publication "p" of public.t
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE TABLE o (id int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE o;
-- change
ALTER PUBLICATION p ADD TABLE t (id);
-- application
ALTER PUBLICATION p SET TABLE t (id) WHERE (id > 5), o;
