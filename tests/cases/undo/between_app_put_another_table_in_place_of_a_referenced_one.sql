-- expect: stopped: public.p is called public.q now, and another one has its name
-- setup
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, p int CONSTRAINT of_p REFERENCES p);
-- change
ALTER TABLE t DROP CONSTRAINT of_p;
-- application
ALTER TABLE p RENAME TO q;
CREATE TABLE p (id int PRIMARY KEY);
-- change
INSERT INTO t VALUES (1, 1);
