-- The column has its type as before, and its values went through another one.
-- expect: restored
-- setup
CREATE TABLE t (id int PRIMARY KEY, v text, w numeric(8, 3));
INSERT INTO t VALUES (1, '007', 1.5), (2, ' 8', 2.25), (3, '9', 3);
CREATE TABLE without_key (v text);
INSERT INTO without_key VALUES ('01'), ('1'), ('1');
CREATE TABLE parts (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1, '007');
-- change
ALTER TABLE t ALTER v TYPE int USING v::int, ALTER w TYPE int;
ALTER TABLE t ALTER v TYPE text, ALTER w TYPE numeric(8, 3);
DO $$BEGIN
  ALTER TABLE without_key ALTER v TYPE int USING v::int;
  ALTER TABLE without_key ALTER v TYPE text;
END$$;
ALTER TABLE parts ALTER v TYPE int USING v::int;
ALTER TABLE parts ALTER v TYPE text;
