-- Default privileges, one JSON object each; `initial` is what holds where there is no entry.
SELECT pg_catalog.json_build_object(
  'oid', d.oid::bigint, 'role', pg_catalog.pg_get_userbyid(d.defaclrole), 'schema', n.nspname, 'schema_oid', d.defaclnamespace::bigint,
  'kind', d.defaclobjtype,
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(d.defaclacl) x),
  'initial', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
            CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole) END) x))
FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
ORDER BY d.oid
