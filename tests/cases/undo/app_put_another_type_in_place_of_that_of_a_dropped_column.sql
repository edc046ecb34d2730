-- expect: stopped: public.e is called public.e_old now, and another one has its name
-- setup
CREATE TYPE e AS ENUM ('x', 'y');
CREATE TABLE t (id int PRIMARY KEY, a e, b numeric DEFAULT 1.5 CHECK (b::text <> 'from.here'));
INSERT INTO t VALUES (1, 'x');
-- change
ALTER TABLE t DROP COLUMN a, DROP COLUMN b;
-- application
ALTER TYPE e RENAME TO e_old;
CREATE TYPE e AS ENUM ('y', 'x');
