-- expect: conflict
-- conflict: altered default "id" of "public"."t"
-- setup
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
-- change
ALTER TABLE t ALTER COLUMN id DROP IDENTITY;
-- application
ALTER TABLE t ALTER COLUMN id SET DEFAULT 7;
