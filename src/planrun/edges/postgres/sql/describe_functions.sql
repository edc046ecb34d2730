-- The definitions of functions and procedures, one JSON object each. $1 oid[]: these, or NULL for all of the users'.
SELECT json_build_object(
  'oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname, 'kind', p.prokind,
  'arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
  'definition', CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END,
  'body', pg_catalog.md5(
      (pg_catalog.to_jsonb(p) - '{proname,pronamespace,proowner,proacl}'::pg_catalog.text[])::pg_catalog.text),
  'sql_body', p.prosqlbody IS NOT NULL,
  'owner', pg_catalog.pg_get_userbyid(p.proowner),
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) x),
  'comment', pg_catalog.obj_description(p.oid, 'pg_proc'))
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE CASE WHEN $1::pg_catalog.oid[] IS NULL
  THEN n.nspname NOT IN ('pg_catalog', 'information_schema', 'planrun') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      AND d.objid = p.oid AND d.deptype = 'e')
  ELSE p.oid = ANY ($1::pg_catalog.oid[]) END
ORDER BY p.oid
