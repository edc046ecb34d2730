-- majors: 18
-- expect: stopped: tables were made since that belong to "public"."t": public.s
-- setup
CREATE TABLE t (v int, CONSTRAINT n NOT NULL v NO INHERIT);
-- change
ALTER TABLE t ALTER CONSTRAINT n INHERIT;
-- application
CREATE TABLE s () INHERITS (t);
