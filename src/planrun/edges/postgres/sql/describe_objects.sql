-- Objects of rarely used kinds, one JSON object each, without those of the server and of extensions. $1 text[]: the
-- catalogs to read. Some belong to another object (`internal`): the cast of a range type.
WITH rows(class, oid, owner, body) AS (
  SELECT 'pg_am', r.oid, NULL::pg_catalog.oid, pg_catalog.to_jsonb(r) FROM pg_catalog.pg_am r
  WHERE 'pg_am' = ANY ($1::text[])
  UNION ALL SELECT 'pg_cast', r.oid, NULL, pg_catalog.to_jsonb(r) FROM pg_catalog.pg_cast r
  WHERE 'pg_cast' = ANY ($1::text[])
  UNION ALL SELECT 'pg_collation', r.oid, r.collowner, pg_catalog.to_jsonb(r) - 'collowner' FROM pg_catalog.pg_collation r
  WHERE 'pg_collation' = ANY ($1::text[])
  UNION ALL SELECT 'pg_conversion', r.oid, r.conowner, pg_catalog.to_jsonb(r) - 'conowner' FROM pg_catalog.pg_conversion r
  WHERE 'pg_conversion' = ANY ($1::text[])
  UNION ALL SELECT 'pg_foreign_data_wrapper', r.oid, r.fdwowner, pg_catalog.to_jsonb(r) - 'fdwowner'
  FROM pg_catalog.pg_foreign_data_wrapper r WHERE 'pg_foreign_data_wrapper' = ANY ($1::text[])
  UNION ALL SELECT 'pg_foreign_server', r.oid, r.srvowner, pg_catalog.to_jsonb(r) - 'srvowner'
  FROM pg_catalog.pg_foreign_server r WHERE 'pg_foreign_server' = ANY ($1::text[])
  UNION ALL SELECT 'pg_language', r.oid, r.lanowner, pg_catalog.to_jsonb(r) - 'lanowner' FROM pg_catalog.pg_language r
  WHERE 'pg_language' = ANY ($1::text[])
  UNION ALL SELECT 'pg_opclass', r.oid, r.opcowner, pg_catalog.to_jsonb(r) - 'opcowner' FROM pg_catalog.pg_opclass r
  WHERE 'pg_opclass' = ANY ($1::text[])
  UNION ALL SELECT 'pg_operator', r.oid, r.oprowner, pg_catalog.to_jsonb(r) - 'oprowner' FROM pg_catalog.pg_operator r
  WHERE 'pg_operator' = ANY ($1::text[])
  UNION ALL SELECT 'pg_opfamily', r.oid, r.opfowner, pg_catalog.jsonb_build_array(pg_catalog.to_jsonb(r) - 'opfowner',
    (SELECT pg_catalog.jsonb_agg(o ORDER BY o.oid) FROM pg_catalog.pg_amop o WHERE o.amopfamily = r.oid),
    (SELECT pg_catalog.jsonb_agg(o ORDER BY o.oid) FROM pg_catalog.pg_amproc o WHERE o.amprocfamily = r.oid))
  FROM pg_catalog.pg_opfamily r WHERE 'pg_opfamily' = ANY ($1::text[])
  UNION ALL SELECT 'pg_transform', r.oid, NULL, pg_catalog.to_jsonb(r) FROM pg_catalog.pg_transform r
  WHERE 'pg_transform' = ANY ($1::text[])
  UNION ALL SELECT 'pg_ts_config', r.oid, r.cfgowner, pg_catalog.jsonb_build_array(pg_catalog.to_jsonb(r) - 'cfgowner',
    (SELECT pg_catalog.jsonb_agg(m ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map m
     WHERE m.mapcfg = r.oid))
  FROM pg_catalog.pg_ts_config r WHERE 'pg_ts_config' = ANY ($1::text[])
  UNION ALL SELECT 'pg_ts_dict', r.oid, r.dictowner, pg_catalog.to_jsonb(r) - 'dictowner' FROM pg_catalog.pg_ts_dict r
  WHERE 'pg_ts_dict' = ANY ($1::text[])
  UNION ALL SELECT 'pg_ts_parser', r.oid, NULL, pg_catalog.to_jsonb(r) FROM pg_catalog.pg_ts_parser r
  WHERE 'pg_ts_parser' = ANY ($1::text[])
  UNION ALL SELECT 'pg_ts_template', r.oid, NULL, pg_catalog.to_jsonb(r) FROM pg_catalog.pg_ts_template r
  WHERE 'pg_ts_template' = ANY ($1::text[]))
SELECT pg_catalog.json_build_object(
  'catalog', r.class, 'oid', r.oid::bigint,
  'word', pg_catalog.replace(i.type, '-', ' '), 'identity', i.identity,
  'owner', CASE WHEN r.owner IS NOT NULL THEN pg_catalog.pg_get_userbyid(r.owner) END,
  'body', pg_catalog.md5(r.body::text),
  'internal', EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = r.class::pg_catalog.regclass AND d.objid = r.oid AND d.deptype = 'i'),
  'comment', pg_catalog.obj_description(r.oid, r.class))
FROM rows r
CROSS JOIN LATERAL pg_catalog.pg_identify_object(r.class::pg_catalog.regclass, r.oid, 0) i
-- Below are the server's own.
WHERE r.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = r.class::pg_catalog.regclass AND d.objid = r.oid AND d.deptype = 'e')
ORDER BY r.oid
