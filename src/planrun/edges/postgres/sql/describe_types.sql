-- Types, one JSON object each. $1 oid[]: these, or NULL for all of the users' that are no table's row type and no array.
-- `users` are the columns that hold them, directly or in arrays; `within` those that hold a domain within other types.
SELECT json_build_object(
  'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname, 'kind', t.typtype, 'display', pg_catalog.format_type(t.oid, NULL), 'relation', t.typrelid::bigint,
  'owner', pg_catalog.pg_get_userbyid(t.typowner),
  'defined', t.typisdefined,
  'body', pg_catalog.md5(pg_catalog.concat(
      pg_catalog.to_jsonb(t) - '{typname,typnamespace,typowner,typacl,typdefault,typdefaultbin,typnotnull}'::pg_catalog.text[],
      (SELECT pg_catalog.to_jsonb(r) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid))),
  'values', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(e.oid::bigint, e.enumlabel) ORDER BY e.enumsortorder)
    FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
  'base', CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) || coalesce((
      SELECT pg_catalog.format(' COLLATE %I.%I', cn.nspname, co.collname)
      FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
      JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
      WHERE co.oid = t.typcollation AND b.typcollation <> t.typcollation), '') END,
  'default', pg_catalog.pg_get_expr(t.typdefaultbin, 0), 'default_body', pg_catalog.md5(t.typdefaultbin::text),
  'not_null', t.typnotnull,
  'constraints', coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', k.oid::bigint, 'name', k.conname, 'type', k.contype, 'definition', pg_catalog.pg_get_constraintdef(k.oid),
      'body', pg_catalog.md5((pg_catalog.to_jsonb(k) - '{conname,connamespace}'::pg_catalog.text[])::pg_catalog.text),
      'validated', k.convalidated, 'comment', pg_catalog.obj_description(k.oid, 'pg_constraint')) ORDER BY k.oid)
    FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid), '[]'),
  'range', (SELECT pg_catalog.concat_ws(', ', 'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
      (SELECT pg_catalog.format('SUBTYPE_OPCLASS = %I.%I', cn.nspname, oc.opcname) FROM pg_catalog.pg_opclass oc
       JOIN pg_catalog.pg_namespace cn ON cn.oid = oc.opcnamespace WHERE oc.oid = r.rngsubopc),
      (SELECT pg_catalog.format('COLLATION = %I.%I', cn.nspname, co.collname) FROM pg_catalog.pg_collation co
       JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = r.rngcollation),
      'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::pg_catalog.regproc,
      'MULTIRANGE_TYPE_NAME = ' || pg_catalog.format_type(r.rngmultitypid, NULL))
    -- A canonical function needs the type first, and constructors keep the names that the types once had.
    FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid AND r.rngcanonical::oid = 0 AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.objid
      JOIN pg_catalog.pg_type y ON y.oid = p.prorettype
      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'i'
        AND d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (t.oid, r.rngmultitypid)
        AND (p.proname <> y.typname OR p.pronamespace <> y.typnamespace))),
  'difference', (SELECT nullif(r.rngsubdiff::oid, 0)::bigint FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
  'users', (SELECT pg_catalog.json_agg(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
    WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid IN (t.oid, t.typarray)
      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0
      AND c.relkind IN ('r', 'p', 'm', 'f')),
  'within', CASE WHEN t.typtype = 'd' THEN (
    WITH RECURSIVE holding (type, deep) AS (
      SELECT t.oid, false UNION
      SELECT y.type, h.deep OR y.deep FROM holding h JOIN (
        SELECT d.typbasetype, d.oid, false FROM pg_catalog.pg_type d WHERE d.typtype = 'd' UNION ALL
        SELECT e.oid, e.typarray, true FROM pg_catalog.pg_type e WHERE e.typarray <> 0 UNION ALL
        SELECT r.rngsubtype, u.oid, true FROM pg_catalog.pg_range r, pg_catalog.unnest(ARRAY[r.rngtypid, r.rngmultitypid]) u(oid)
        UNION ALL
        SELECT a.atttypid, c.reltype, true FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.reltype <> 0) y (of, type, deep) ON y.of = h.type)
    SELECT pg_catalog.json_agg(DISTINCT pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum))
    FROM holding h JOIN pg_catalog.pg_attribute a ON a.atttypid = h.type AND NOT a.attisdropped
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid WHERE h.deep AND c.relkind IN ('r', 'p', 'm')) END,
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) x),
  'comment', pg_catalog.obj_description(t.oid, 'pg_type'))
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE CASE WHEN $1::pg_catalog.oid[] IS NULL
  THEN n.nspname NOT IN ('pg_catalog', 'information_schema', 'planrun') AND n.nspname !~ '^pg_t'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_type y WHERE y.typarray = t.oid)
    AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
      AND d.objid = t.oid AND d.deptype = 'e')
  ELSE t.oid = ANY ($1::pg_catalog.oid[]) END
ORDER BY t.oid
