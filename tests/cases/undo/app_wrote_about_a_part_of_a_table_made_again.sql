-- expect: conflict
-- conflict: altered privileges, comments or settings of relation "public"."t"
-- setup
CREATE TABLE t (id int PRIMARY KEY);
-- change
DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY);
-- application
COMMENT ON CONSTRAINT t_pkey ON t IS 'of the application'; ALTER TABLE t CLUSTER ON t_pkey;
