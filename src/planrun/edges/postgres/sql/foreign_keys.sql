-- The foreign keys that point at these tables, with the names of their columns and of the key of their own table.
-- $1 oid[]: the referenced tables.
SELECT k.conrelid::bigint, k.conrelid::pg_catalog.regclass::text, k.confrelid::bigint,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, p.referenced,
       (SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' FROM pg_catalog.pg_operator o
        JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = p.operator)) ORDER BY p.position)
   FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
     pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY p(referencing, referenced, operator, position)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.referencing),
  pg_catalog.to_json(k.conkey),
  (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
   FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
   WHERE x.indrelid = k.conrelid AND x.indisprimary)
FROM pg_catalog.pg_constraint k
WHERE k.contype = 'f' AND k.confrelid = ANY ($1::pg_catalog.oid[]) AND k.conparentid = 0
ORDER BY k.oid
