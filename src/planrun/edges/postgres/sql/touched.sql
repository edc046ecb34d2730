-- The objects whose catalog rows this step wrote: rows with the xmin of the step or a later one that is still in
-- progress. What another session committed meanwhile has a late xmin too, but is no longer in progress.
-- First plain scans, one part for each catalog that was written, then the few rows found are led home: an index and a
-- TOAST table to their table, a row type to its relation, a comment to what it is on. Of a catalog that is read beside
-- `near` only what belongs to these relations is looked at, and the number of rows tells whether it is all.
-- $1 xid: the first (sub)transaction of the step. $2 oid[]: relations.
-- part: near
heaps(oid, type) AS MATERIALIZED (
  SELECT h.oid, c.reltype FROM pg_catalog.pg_class c CROSS JOIN LATERAL (VALUES (c.oid), (c.reltoastrelid)) h(oid)
  WHERE c.oid = ANY ($2::pg_catalog.oid[])),
near(oid) AS MATERIALIZED (
  SELECT oid FROM heaps
  UNION ALL SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE x.indrelid = ANY (ARRAY(SELECT h.oid FROM heaps h))
  UNION ALL SELECT y.oid FROM pg_catalog.pg_type t CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) y(oid)
    WHERE t.oid = ANY (ARRAY(SELECT h.type FROM heaps h))),
-- part: pg_class
  SELECT 'pg_class', 'relation', r.oid, r.relname::text, r.xmin FROM pg_catalog.pg_class r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_attribute
  SELECT 'pg_attribute', 'relation', r.attrelid, '', r.xmin FROM pg_catalog.pg_attribute r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_attrdef
  SELECT 'pg_attrdef', 'relation', r.adrelid, '', r.xmin FROM pg_catalog.pg_attrdef r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_constraint
  SELECT 'pg_constraint', CASE WHEN r.conrelid = 0 THEN 'type' ELSE 'relation' END,
    CASE WHEN r.conrelid = 0 THEN r.contypid ELSE r.conrelid END, r.conname::text, r.xmin
  FROM pg_catalog.pg_constraint r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_index
  SELECT 'pg_index', 'relation', r.indrelid, '', r.xmin FROM pg_catalog.pg_index r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_inherits
  SELECT 'pg_inherits', 'relation', r.inhrelid, '', r.xmin FROM pg_catalog.pg_inherits r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_partitioned_table
  SELECT 'pg_partitioned_table', 'relation', r.partrelid, '', r.xmin FROM pg_catalog.pg_partitioned_table r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_trigger
  SELECT 'pg_trigger', 'relation', r.tgrelid, r.tgname::text, r.xmin FROM pg_catalog.pg_trigger r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_rewrite
  SELECT 'pg_rewrite', 'relation', r.ev_class, r.rulename::text, r.xmin FROM pg_catalog.pg_rewrite r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_policy
  SELECT 'pg_policy', 'relation', r.polrelid, r.polname::text, r.xmin FROM pg_catalog.pg_policy r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_sequence
  SELECT 'pg_sequence', 'relation', r.seqrelid, '', r.xmin FROM pg_catalog.pg_sequence r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_statistic_ext
  SELECT 'pg_statistic_ext', 'relation', r.stxrelid, r.stxname::text, r.xmin FROM pg_catalog.pg_statistic_ext r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_type
  -- Privileges and a comment of a composite type are those of its row type.
  SELECT 'pg_type', k.kind, r.oid, r.typname::text, r.xmin
  FROM pg_catalog.pg_type r CROSS JOIN (VALUES ('type'), ('row type')) k(kind)
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
    AND (k.kind = 'type' OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = r.typrelid) = 'c')
-- part: pg_description
  SELECT 'pg_description', 'row type', r.objoid, '', r.xmin FROM pg_catalog.pg_description r
  JOIN pg_catalog.pg_type t ON t.oid = r.objoid
  JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
  WHERE r.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass
    AND pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_range
  SELECT 'pg_range', 'type', r.rngtypid, '', r.xmin FROM pg_catalog.pg_range r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_aggregate
  SELECT 'pg_aggregate', 'function', r.aggfnoid, '', r.xmin FROM pg_catalog.pg_aggregate r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_enum
  SELECT 'pg_enum', 'type', r.enumtypid, r.enumlabel::text, r.xmin FROM pg_catalog.pg_enum r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_proc
  SELECT 'pg_proc', 'function', r.oid, r.proname::text, r.xmin FROM pg_catalog.pg_proc r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_namespace
  SELECT 'pg_namespace', 'schema', r.oid, r.nspname::text, r.xmin FROM pg_catalog.pg_namespace r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_description
  -- A comment is on an object of some class.
  SELECT 'pg_description', CASE r.classoid
      WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'relation'
      WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN 'function'
      WHEN 'pg_catalog.pg_namespace'::pg_catalog.regclass THEN 'schema'
      WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN 'type'
      WHEN 'pg_catalog.pg_constraint'::pg_catalog.regclass THEN 'constraint'
      WHEN 'pg_catalog.pg_trigger'::pg_catalog.regclass THEN 'trigger'
      WHEN 'pg_catalog.pg_rewrite'::pg_catalog.regclass THEN 'rule'
      WHEN 'pg_catalog.pg_policy'::pg_catalog.regclass THEN 'policy'
      WHEN 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass THEN 'statistics'
      ELSE (SELECT CASE WHEN c.relname IN ('pg_am', 'pg_cast', 'pg_collation', 'pg_conversion',
          'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language', 'pg_opclass', 'pg_operator', 'pg_opfamily',
          'pg_publication', 'pg_transform', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template')
        THEN c.relname::text ELSE 'other' END FROM pg_catalog.pg_class c WHERE c.oid = r.classoid) END, r.objoid,
    'comment on ' || pg_catalog.pg_describe_object(r.classoid, r.objoid, r.objsubid), r.xmin
  FROM pg_catalog.pg_description r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: pg_depend
  -- Belonging to an extension, or depending on one, shows in pg_depend alone.
  SELECT 'pg_depend', 'other', r.objid, pg_catalog.pg_describe_object(r.classid, r.objid, r.objsubid), r.xmin
  FROM pg_catalog.pg_depend r
  WHERE r.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND r.deptype IN ('x', 'e')
    AND pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: objects
  -- Of every catalog of rarely used objects, so that those of the server and of extensions are seen.
  SELECT '{catalog}', '{home}', r.{column},
    pg_catalog.pg_describe_object('pg_catalog.{home}'::pg_catalog.regclass, r.{column}, 0), r.xmin
  FROM pg_catalog.{catalog} r
  WHERE pg_catalog.age(r.xmin) <= (SELECT s.youth FROM step s)
-- part: homes
SELECT
  CASE
    WHEN w.kind = 'row type' OR w.kind = 'constraint' AND k.conrelid = 0 THEN 'type'
    WHEN w.kind IN ('constraint', 'trigger', 'rule', 'policy', 'statistics') THEN 'relation'
    WHEN w.kind = 'type' AND t.relation IS NOT NULL THEN 'relation'
    ELSE w.kind END,
  CASE w.kind
    WHEN 'relation' THEN coalesce(
      -- A TOAST table hangs on its table by an internal dependency.
      (SELECT d.refobjid FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i'
       WHERE c.oid = coalesce(x.indrelid, w.object) AND c.relkind = 't'),
      x.indrelid, w.object)
    WHEN 'type' THEN coalesce(t.relation, t.type, w.object)
    WHEN 'constraint' THEN coalesce(nullif(k.conrelid, 0), k.contypid)
    WHEN 'trigger' THEN (SELECT g.tgrelid FROM pg_catalog.pg_trigger g WHERE g.oid = w.object)
    WHEN 'rule' THEN (SELECT r.ev_class FROM pg_catalog.pg_rewrite r WHERE r.oid = w.object)
    WHEN 'policy' THEN (SELECT p.polrelid FROM pg_catalog.pg_policy p WHERE p.oid = w.object)
    WHEN 'statistics' THEN (SELECT s.stxrelid FROM pg_catalog.pg_statistic_ext s WHERE s.oid = w.object)
    ELSE w.object END::bigint,
  w.catalog, w.label, pg_catalog.sum(CASE WHEN w.kind <> 'row type' THEN w.rows ELSE 0 END)::bigint
FROM written w
CROSS JOIN LATERAL (
  -- xmin has 32 bits; pg_xact_status wants the epoch too, which is that of the present or the one before.
  SELECT (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint >> 32 << 32)
    | w.xmin::text::bigint AS xid, pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS next
) e
LEFT JOIN LATERAL (
  SELECT k.conrelid, k.contypid FROM pg_catalog.pg_constraint k WHERE k.oid = w.object AND w.kind = 'constraint' OFFSET 0) k
  ON true
LEFT JOIN LATERAL (
  SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = w.object AND w.kind = 'relation' OFFSET 0) x ON true
LEFT JOIN LATERAL (
  SELECT coalesce(nullif(n.typrelid, 0), nullif(y.typrelid, 0)) AS relation, coalesce(n.oid, y.oid) AS type
  FROM pg_catalog.pg_type y LEFT JOIN pg_catalog.pg_type n ON n.oid = y.typelem AND n.typarray = y.oid
  WHERE y.oid = w.object AND w.kind = 'type' OFFSET 0) t ON true
WHERE pg_catalog.pg_xact_status((e.xid - CASE WHEN e.xid > e.next + 2147483648 THEN 4294967296 ELSE 0 END)::text::xid8)
  = 'in progress'
GROUP BY 1, 2, 3, 4
