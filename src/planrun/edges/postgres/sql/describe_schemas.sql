-- Schemas, one JSON object each. $1 oid[]: these, or NULL for all of the users'.
SELECT json_build_object(
  'oid', n.oid::bigint, 'name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner),
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) x),
  'comment', pg_catalog.obj_description(n.oid, 'pg_namespace'))
FROM pg_catalog.pg_namespace n
WHERE CASE WHEN $1::pg_catalog.oid[] IS NULL
  THEN n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'planrun')
  ELSE n.oid = ANY ($1::pg_catalog.oid[]) END
ORDER BY n.oid
