-- expect: conflict
-- conflict: altered clustering of "public"."t"
-- conflict: altered index "public"."x"
-- setup
CREATE TABLE t (id int PRIMARY KEY, a int);
CREATE INDEX x ON t (a);
CREATE INDEX y ON t (id, a);
-- change
ALTER TABLE t CLUSTER ON x;
-- application
ALTER TABLE t CLUSTER ON y;
