-- Relations with all that they inherit from and all that inherits from them: a tree is looked at as a whole.
-- $1 oid[]: relations.
WITH RECURSIVE up(oid) AS (
  SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
  UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid),
down(oid) AS (
  SELECT oid FROM up
  UNION SELECT i.inhrelid FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent = down.oid)
SELECT oid::bigint FROM down
