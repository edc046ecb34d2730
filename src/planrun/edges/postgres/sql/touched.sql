-- The objects whose catalog rows this step wrote: rows with the xmin of the step or a later one that is still in
-- progress. What another session committed meanwhile has a late xmin too, but is no longer in progress.
-- $1 xid: the first (sub)transaction of the step. $2 text[]: the catalogs that were written; others are not read.
WITH ours(catalog, class, home, label, xmin) AS (
  SELECT 'pg_class', 'relation', CASE
      WHEN c.relkind IN ('i', 'I') THEN coalesce(p.oid, x.indrelid) WHEN c.relkind = 't' THEN t.oid ELSE c.oid END,
      c.relname::text, c.xmin
  FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = c.oid AND c.relkind = 't'
  LEFT JOIN pg_catalog.pg_class p ON p.reltoastrelid = x.indrelid AND c.relkind = 'i' AND x.indrelid IS NOT NULL
  WHERE 'pg_class' = ANY ($2::text[]) AND pg_catalog.age(c.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_attribute', 'relation', coalesce(p.oid, x.indrelid, t.oid, a.attrelid), '', a.xmin
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = a.attrelid
  LEFT JOIN pg_catalog.pg_class p ON p.reltoastrelid = x.indrelid AND x.indrelid IS NOT NULL
  LEFT JOIN pg_catalog.pg_class t ON t.reltoastrelid = a.attrelid
  WHERE 'pg_attribute' = ANY ($2::text[]) AND pg_catalog.age(a.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_attrdef', 'relation', r.adrelid, '', r.xmin FROM pg_catalog.pg_attrdef r
  WHERE 'pg_attrdef' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_constraint', CASE WHEN r.conrelid = 0 THEN 'type' ELSE 'relation' END,
    CASE WHEN r.conrelid = 0 THEN r.contypid ELSE r.conrelid END, r.conname::text, r.xmin FROM pg_catalog.pg_constraint r
  WHERE 'pg_constraint' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_index', 'relation', coalesce(p.oid, r.indrelid), '', r.xmin FROM pg_catalog.pg_index r
  LEFT JOIN pg_catalog.pg_class p ON p.reltoastrelid = r.indrelid
  WHERE 'pg_index' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_trigger', 'relation', r.tgrelid, r.tgname::text, r.xmin FROM pg_catalog.pg_trigger r
  WHERE 'pg_trigger' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_rewrite', 'relation', r.ev_class, r.rulename::text, r.xmin FROM pg_catalog.pg_rewrite r
  WHERE 'pg_rewrite' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_policy', 'relation', r.polrelid, r.polname::text, r.xmin FROM pg_catalog.pg_policy r
  WHERE 'pg_policy' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_sequence', 'relation', r.seqrelid, '', r.xmin FROM pg_catalog.pg_sequence r
  WHERE 'pg_sequence' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_statistic_ext', 'relation', r.stxrelid, r.stxname::text, r.xmin FROM pg_catalog.pg_statistic_ext r
  WHERE 'pg_statistic_ext' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  -- A row type, and the array type over it, belong to their relation.
  SELECT 'pg_type', CASE WHEN coalesce(e.typrelid, r.typrelid) <> 0 THEN 'relation' ELSE 'type' END,
    coalesce(nullif(e.typrelid, 0), nullif(r.typrelid, 0), e.oid, r.oid), r.typname::text, r.xmin
  FROM pg_catalog.pg_type r
  LEFT JOIN pg_catalog.pg_type e ON e.typarray = r.oid
  WHERE 'pg_type' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_enum', 'type', r.enumtypid, r.enumlabel::text, r.xmin FROM pg_catalog.pg_enum r
  WHERE 'pg_enum' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_proc', 'function', r.oid, r.proname::text, r.xmin FROM pg_catalog.pg_proc r
  WHERE 'pg_proc' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_namespace', 'schema', r.oid, r.nspname::text, r.xmin FROM pg_catalog.pg_namespace r
  WHERE 'pg_namespace' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  SELECT 'pg_description', CASE
      WHEN r.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'relation'
      WHEN r.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN 'function'
      WHEN r.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass THEN 'schema'
      WHEN r.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass THEN 'type'
      WHEN coalesce(k.conrelid, g.tgrelid, w.ev_class, p.polrelid, s.stxrelid, 0) <> 0 THEN 'relation'
      ELSE 'other' END,
    coalesce(xi.indrelid, nullif(k.conrelid, 0), g.tgrelid, w.ev_class, p.polrelid, s.stxrelid, r.objoid),
    'comment on ' || pg_catalog.pg_describe_object(r.classoid, r.objoid, r.objsubid), r.xmin
  FROM pg_catalog.pg_description r
  LEFT JOIN pg_catalog.pg_index xi ON r.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND xi.indexrelid = r.objoid
  LEFT JOIN pg_catalog.pg_constraint k ON r.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = r.objoid
  LEFT JOIN pg_catalog.pg_trigger g ON r.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND g.oid = r.objoid
  LEFT JOIN pg_catalog.pg_rewrite w ON r.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = r.objoid
  LEFT JOIN pg_catalog.pg_policy p ON r.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = r.objoid
  LEFT JOIN pg_catalog.pg_statistic_ext s
    ON r.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid = r.objoid
  WHERE 'pg_description' = ANY ($2::text[]) AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
  UNION ALL
  -- Belonging to an extension shows in pg_depend alone.
  SELECT 'pg_depend', 'other', r.objid, pg_catalog.pg_describe_object(r.classid, r.objid, r.objsubid), r.xmin
  FROM pg_catalog.pg_depend r
  WHERE 'pg_depend' = ANY ($2::text[]) AND r.deptype IN ('x', 'e') AND pg_catalog.age(r.xmin) <= pg_catalog.age($1::pg_catalog.xid)
)
SELECT DISTINCT o.class, o.home::bigint, o.catalog, o.label
FROM ours o
CROSS JOIN LATERAL (
  -- xmin has 32 bits; pg_xact_status wants the epoch too, which is that of the present or the one before.
  SELECT (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint >> 32 << 32)
    | o.xmin::text::bigint AS xid, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS next
) e
WHERE pg_catalog.pg_xact_status((e.xid - CASE WHEN e.xid > e.next + 2147483648 THEN 4294967296 ELSE 0 END)::text::xid8)
  = 'in progress'
