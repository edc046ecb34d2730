-- majors: 18
-- expect: restored
-- setup
CREATE TABLE p (id int4range, d daterange, v int, PRIMARY KEY (id, d WITHOUT OVERLAPS));
CREATE TABLE c (id int PRIMARY KEY, pid int4range, d daterange, FOREIGN KEY (pid, PERIOD d) REFERENCES p (id, PERIOD d));
INSERT INTO p VALUES ('[1,2)', '[2026-01-01,2026-12-31)', 1);
INSERT INTO c VALUES (1, '[1,2)', '[2026-02-01,2026-11-01)');
-- change
INSERT INTO p VALUES ('[1,2)', '[2026-12-31,2027-12-31)', 2);
UPDATE p SET v = v + 1;
