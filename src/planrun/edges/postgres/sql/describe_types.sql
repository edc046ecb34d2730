-- Types that belong to no relation, one JSON object each. $1 oid[]: these.
SELECT json_build_object(
  'oid', t.oid::bigint, 'name', pg_catalog.format_type(t.oid, NULL), 'kind', t.typtype,
  'owner', pg_catalog.pg_get_userbyid(t.typowner),
  'body', pg_catalog.md5(pg_catalog.concat(
      (pg_catalog.to_jsonb(t) - '{typowner,typacl}'::pg_catalog.text[]),
      (SELECT pg_catalog.jsonb_agg(e ORDER BY e.oid) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
      (SELECT pg_catalog.jsonb_agg(k ORDER BY k.oid) FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid))),
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) x),
  'comment', pg_catalog.obj_description(t.oid, 'pg_type'))
FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::pg_catalog.oid[])
ORDER BY t.oid
