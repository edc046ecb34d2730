-- majors: 18
-- expect: refused: index "t_one_pkey" of "public"."t_one": it was part of that of a partitioned table
-- setup
CREATE TABLE t (id int4range, p daterange, CONSTRAINT k PRIMARY KEY (id, p WITHOUT OVERLAPS)) PARTITION BY LIST (id);
CREATE TABLE t_one PARTITION OF t FOR VALUES IN ('[1,2)');
-- change
ALTER TABLE t DROP CONSTRAINT k;
