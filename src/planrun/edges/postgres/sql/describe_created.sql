-- What the way back has to know of ordinary tables that the step created: it drops them, and first the foreign keys by
-- which they refer to one another. Their columns, indexes and the like go with them. One JSON object a table, by OID.
-- $1 oid[]: relations; those of other kinds, and parts of inheritance trees, are left out.
SELECT json_build_object(
  'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'persistence', c.relpersistence,
  'owner', pg_catalog.pg_get_userbyid(c.relowner), 'owned', pg_catalog.pg_has_role(c.relowner, 'USAGE'),
  'row_security', c.relrowsecurity, 'force_row_security', c.relforcerowsecurity,
  'constraints', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', k.oid::bigint, 'name', k.conname, 'type', k.contype, 'definition', '', 'columns', k.conkey,
      'foreign', k.confrelid::bigint, 'parent', k.conparentid::bigint) ORDER BY k.oid)
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'))
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind = 'r' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid)
ORDER BY c.oid
