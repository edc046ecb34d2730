-- The definitions of functions, procedures and aggregates, one JSON object each. $1 oid[]: these, or NULL for all of the
-- users'. `uses` are the objects that a definition is bound to, a row type as its relation, an array as its element.
SELECT json_build_object(
  'oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname, 'kind', p.prokind,
  'arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
  'signature', p.oid::pg_catalog.regprocedure::text,
  'definition', CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) ELSE (
      SELECT pg_catalog.format(E'CREATE OR REPLACE AGGREGATE %I.%I(%s) (\n  %s\n)', n.nspname, p.proname,
        pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.concat_ws(E',\n  ',
          'SFUNC = ' || a.aggtransfn::text, 'STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL),
          'SSPACE = ' || nullif(a.aggtransspace, 0),
          'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::pg_catalog.regproc,
          CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
          CASE WHEN a.aggfinalfn::oid <> 0 THEN 'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify
            WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
          'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::pg_catalog.regproc,
          'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::pg_catalog.regproc,
          'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::pg_catalog.regproc,
          'INITCOND = ' || pg_catalog.quote_literal(a.agginitval),
          'MSFUNC = ' || nullif(a.aggmtransfn::oid, 0)::pg_catalog.regproc,
          'MINVFUNC = ' || nullif(a.aggminvtransfn::oid, 0)::pg_catalog.regproc,
          'MSTYPE = ' || CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
          'MSSPACE = ' || nullif(a.aggmtransspace, 0),
          'MFINALFUNC = ' || nullif(a.aggmfinalfn::oid, 0)::pg_catalog.regproc,
          CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
          CASE WHEN a.aggmfinalfn::oid <> 0 THEN 'MFINALFUNC_MODIFY = ' || CASE a.aggmfinalmodify
            WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
          'MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval),
          (SELECT pg_catalog.format('SORTOP = OPERATOR(%I.%s)', qn.nspname, q.oprname) FROM pg_catalog.pg_operator q
           JOIN pg_catalog.pg_namespace qn ON qn.oid = q.oprnamespace WHERE q.oid = a.aggsortop),
          'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END,
          CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END))
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid) END,
  'body', pg_catalog.md5(pg_catalog.concat(
      (pg_catalog.to_jsonb(p) - '{proname,pronamespace,proowner,proacl}'::pg_catalog.text[]),
      (SELECT pg_catalog.to_jsonb(a) - 'aggfnoid' FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid))),
  'result', pg_catalog.md5(pg_catalog.concat_ws(' ', p.prorettype, p.proargnames, p.proargmodes, p.proallargtypes)),
  'defaults', p.pronargdefaults,
  'uses', (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(
      CASE WHEN r.oid IS NULL THEN c.relname ELSE 'pg_class' END, coalesce(r.oid, e.oid, d.refobjid)::bigint,
      d.refobjsubid))
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.refclassid
    LEFT JOIN pg_catalog.pg_type t ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
    LEFT JOIN pg_catalog.pg_class r ON r.oid = e.typrelid
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'n'
      AND d.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass),
  'users', (SELECT pg_catalog.json_agg(pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = p.oid
      AND d.classid <> 'pg_catalog.pg_proc'::pg_catalog.regclass),
  'internal', EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      AND d.objid = p.oid AND d.deptype = 'i'),
  'extensions', (SELECT pg_catalog.json_agg(e.extname ORDER BY e.extname) FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass),
  'trusted', l.lanpltrusted AND pg_catalog.has_language_privilege(l.oid, 'USAGE')
    OR p.prokind = 'a' AND NOT EXISTS (SELECT FROM pg_catalog.pg_aggregate a
      WHERE a.aggfnoid = p.oid AND 'pg_catalog.internal'::pg_catalog.regtype IN (a.aggtranstype, a.aggmtranstype)),
  'language', l.lanname,
  'owner', pg_catalog.pg_get_userbyid(p.proowner),
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
            pg_catalog.pg_get_userbyid(x.grantor),
            CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
            x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) x),
  'comment', pg_catalog.obj_description(p.oid, 'pg_proc'))
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE CASE WHEN $1::pg_catalog.oid[] IS NULL
  THEN n.nspname NOT IN ('pg_catalog', 'information_schema', 'planrun') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      AND d.objid = p.oid AND d.deptype = 'e')
  ELSE p.oid = ANY ($1::pg_catalog.oid[]) END
ORDER BY p.oid
