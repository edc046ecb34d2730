-- The tables that a write to these tables can reach through the actions of foreign keys.
-- $1 oid[]: tables. $2 bool: follow ON DELETE. $3 bool: follow ON UPDATE.
WITH RECURSIVE reach(oid) AS (
  SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) t(oid)
  UNION
  SELECT k.conrelid FROM reach r JOIN pg_catalog.pg_constraint k ON k.confrelid = r.oid
  WHERE k.contype = 'f' AND ($2::boolean AND k.confdeltype IN ('c', 'n', 'd') OR $3::boolean AND k.confupdtype IN ('c', 'n', 'd')))
SELECT oid::bigint FROM reach
