-- The run did not change the table, and the view would read the other column.
-- expect: stopped: column a of public.t is called c now, and another one has its name
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE VIEW v AS SELECT a FROM t;
-- change
DROP VIEW v;
-- application
ALTER TABLE t RENAME a TO c;
ALTER TABLE t RENAME b TO a;
