-- ON ONLY makes an index that no partition has yet. To be attached again is to get one.
-- expect: refused: index "i" of "public"."t": "public"."t_one" had none like it
-- setup
CREATE TABLE t (id int, v text) PARTITION BY LIST (id);
CREATE TABLE t_one PARTITION OF t FOR VALUES IN (1);
CREATE INDEX i ON ONLY t (v);
-- change
DROP TABLE t_one;
