-- Both read the same, so that the other one would be altered.
-- expect: stopped: public.a is called public.c now, and another one has its name
-- setup
CREATE SEQUENCE a;
CREATE SEQUENCE b INCREMENT 5;
-- change
ALTER SEQUENCE a INCREMENT 5;
-- application
ALTER SEQUENCE a RENAME TO c;
ALTER SEQUENCE b RENAME TO a;
