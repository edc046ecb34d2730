-- To attach it again would give it a second constraint: the server takes none that excludes rows for another.
-- majors: 17 18
-- expect: refused: index "t_one_id_p_excl" of "public"."t_one": it was part of that of a partitioned table
-- setup
CREATE TABLE t (id int4range, p int4range, EXCLUDE USING gist (id WITH =, p WITH &&)) PARTITION BY LIST (id);
CREATE TABLE t_one PARTITION OF t FOR VALUES IN ('[1,2)');
-- change
ALTER TABLE t DETACH PARTITION t_one;
