-- expect: stopped: a key may have been dropped since
-- setup
CREATE TABLE t (id int PRIMARY KEY, above int REFERENCES t);
-- change
ALTER TABLE t DROP COLUMN above;
-- application
ALTER TABLE t DROP CONSTRAINT t_pkey;
