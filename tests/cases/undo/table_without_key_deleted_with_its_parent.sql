-- The way back inserts both; taken back itself, it lets both go.
-- expect: restored
-- setup
CREATE TABLE p (id int PRIMARY KEY, b text);
CREATE TABLE c (id text PRIMARY KEY DEFERRABLE, a numeric, p int REFERENCES p ON DELETE CASCADE);
INSERT INTO p VALUES (2, NULL);
INSERT INTO c VALUES ('k2', 1e100, 2);
-- change
DELETE FROM p WHERE id = 2;
INSERT INTO p VALUES (1, NULL);
