-- expect: restored
-- setup
CREATE DOMAIN positive AS numeric(8,3) CHECK (value > 0);
CREATE TABLE t1 (id int NOT NULL UNIQUE, c2 "char", c3 int[]);
-- change
ALTER TABLE t1 ADD COLUMN c7 int;
INSERT INTO t1 (id, c2, c3, c7) VALUES (11, '', '{7,8}', 1), (12, '', '[2:3]={7,8}', NULL), (13, NULL, '{7,8}', 2);
-- change
ALTER TABLE t1 DROP COLUMN c7 CASCADE; ALTER TABLE t1 ADD COLUMN c7 positive;
