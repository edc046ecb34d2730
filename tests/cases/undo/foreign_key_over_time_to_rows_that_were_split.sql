-- A row that stands for part of another could not go while rows refer to both.
-- majors: 18
-- expect: refused: foreign keys over time refer to it
-- setup
CREATE TABLE p (id int4range, d daterange, v int, PRIMARY KEY (id, d WITHOUT OVERLAPS));
CREATE TABLE c (id int PRIMARY KEY, pid int4range, d daterange, FOREIGN KEY (pid, PERIOD d) REFERENCES p (id, PERIOD d));
INSERT INTO p VALUES ('[1,2)', '[2026-01-01,2026-12-31)', 1);
INSERT INTO c VALUES (1, '[1,2)', '[2026-02-01,2026-11-01)');
-- change
ALTER TABLE c DROP CONSTRAINT c_pid_d_fkey;
UPDATE p SET d = '[2026-01-01,2026-06-01)';
INSERT INTO p VALUES ('[1,2)', '[2026-06-01,2026-12-31)', 2);
ALTER TABLE c ADD FOREIGN KEY (pid, PERIOD d) REFERENCES p (id, PERIOD d);
