-- The tables that a write to these tables can reach through the actions of foreign keys.
-- $1 oid[]: tables. $2 bool: follow ON DELETE. $3 bool: follow ON UPDATE.
WITH RECURSIVE reach(oid) AS (
  SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) t(oid)
  UNION
  SELECT f.conrelid FROM reach r CROSS JOIN LATERAL (
    -- pg_constraint has no index by the table referred to; pg_depend has.
    SELECT k.* FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_constraint k ON k.oid = d.objid
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.oid
      AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.contype = 'f' AND k.confrelid = r.oid
    OFFSET 0) f
  WHERE ($2::boolean AND f.confdeltype IN ('c', 'n', 'd') OR $3::boolean AND f.confupdtype IN ('c', 'n', 'd')))
SELECT oid::bigint FROM reach
