-- A row that went to another key comes back as a whole, and would refer to nothing.
-- expect: refused: refer by k to rows that are not there
-- setup
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, p int);
ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES parent (id);
INSERT INTO parent VALUES (1);
INSERT INTO t VALUES (1, 1);
-- superuser
SET session_replication_role = replica;
INSERT INTO public.t VALUES (2, 7);
-- change
UPDATE t SET id = id + 10 WHERE id = 2;
