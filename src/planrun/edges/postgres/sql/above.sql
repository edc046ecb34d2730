-- The tables that the tables $1 oid[] are partitions or children of, directly or through others, with their names, and
-- whether that is by a default partition.
WITH RECURSIVE up AS (
  SELECT t.oid AS part, t.oid, false AS other FROM pg_catalog.unnest($1::pg_catalog.oid[]) t(oid)
  UNION ALL
  SELECT u.part, i.inhparent, u.other OR coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', false)
  FROM up u
  JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.oid
  JOIN pg_catalog.pg_class c ON c.oid = u.oid)
SELECT u.part::bigint, u.oid::bigint, n.nspname, c.relname, u.other
FROM up u
JOIN pg_catalog.pg_class c ON c.oid = u.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE u.oid <> u.part
ORDER BY u.part, u.oid
