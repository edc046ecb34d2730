-- What CASCADE passes on goes back in no statement about the table.
-- expect: refused: type "public"."pair": its attributes were changed, and "public"."t" is a table of it
-- setup
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t OF pair (PRIMARY KEY (a));
INSERT INTO t VALUES (1, 'x');
-- change
ALTER TYPE pair ADD ATTRIBUTE c int CASCADE;
UPDATE t SET c = 5;
