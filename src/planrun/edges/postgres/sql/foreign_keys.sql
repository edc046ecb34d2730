-- The foreign keys that point at these tables, with the names of their columns and of the key of their own table. A key
-- of partitioned tables holds between the partitions that have rows: each pair of them is one. One that is not enforced
-- (18) holds nothing.
-- $1 oid[]: the referenced tables.
SELECT child.oid::bigint, child.oid::pg_catalog.regclass::text, parent.oid::bigint,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, own.attnum,
       (SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' FROM pg_catalog.pg_operator o
        JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = p.operator)) ORDER BY p.position)
   FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
     pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY p(referencing, referenced, operator, position)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.referencing
   JOIN pg_catalog.pg_attribute r ON r.attrelid = k.confrelid AND r.attnum = p.referenced
   JOIN pg_catalog.pg_attribute own ON own.attrelid = parent.oid AND own.attname = r.attname),
  (SELECT pg_catalog.json_agg(own.attnum ORDER BY p.position)
   FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY p(attnum, position)
   JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.attnum
   JOIN pg_catalog.pg_attribute own ON own.attrelid = child.oid AND own.attname = a.attname),
  (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)
   FROM pg_catalog.pg_index x JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
   WHERE x.indrelid = child.oid AND x.indisprimary),
  k.confupdtype <> 'a' OR k.confdeltype <> 'a'
FROM pg_catalog.unnest($1::pg_catalog.oid[]) parent(oid)
LEFT JOIN LATERAL pg_catalog.pg_partition_ancestors(parent.oid::pg_catalog.regclass) above(oid) ON true
JOIN pg_catalog.pg_constraint k ON k.confrelid = coalesce(above.oid, parent.oid) AND k.contype = 'f' AND k.conparentid = 0
  AND coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::pg_catalog.bool, true)
LEFT JOIN LATERAL pg_catalog.pg_partition_tree(k.conrelid::pg_catalog.regclass) below ON true
CROSS JOIN LATERAL (SELECT coalesce(below.relid, k.conrelid)::pg_catalog.oid AS oid) child
WHERE below.isleaf IS NOT FALSE
ORDER BY k.oid, parent.oid, child.oid
