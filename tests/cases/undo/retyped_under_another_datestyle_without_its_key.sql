-- A value that the settings of the database write in a way that is not read again, and no key is left.
-- expect: refused: cannot be cast back
-- setting: DateStyle = 'SQL, DMY'
-- setup
CREATE TABLE t1 (id int PRIMARY KEY, b timestamptz, c3 int);
INSERT INTO t1 VALUES (1, '2026-03-29 02:30:00+02', 2);
-- change
ALTER TABLE t1 DROP COLUMN id CASCADE;
ALTER TABLE t1 ALTER COLUMN b TYPE text USING b::text::text;
