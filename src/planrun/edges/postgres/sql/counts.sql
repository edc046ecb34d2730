-- How many rows each catalog holds for the objects in view. A step's inserted minus deleted rows of a catalog must
-- equal the growth of these numbers; otherwise it touched an object that was not in view.
-- $1 oid[]: relations. $2 oid[]: functions. $3 oid[]: schemas. $4 oid[]: types that belong to no relation.
WITH scope AS MATERIALIZED (SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) s(oid)),
toast AS MATERIALIZED (
  SELECT c.reltoastrelid AS oid FROM pg_catalog.pg_class c JOIN scope USING (oid) WHERE c.reltoastrelid <> 0),
heaps AS MATERIALIZED (SELECT oid FROM scope UNION ALL SELECT oid FROM toast),
closure AS MATERIALIZED (
  SELECT oid FROM heaps
  UNION ALL SELECT x.indexrelid FROM pg_catalog.pg_index x JOIN heaps h ON h.oid = x.indrelid),
row_types AS MATERIALIZED (
  SELECT t.oid, t.typarray FROM pg_catalog.pg_class c JOIN scope USING (oid)
  JOIN pg_catalog.pg_type t ON t.oid = c.reltype),
parts(class, oid) AS MATERIALIZED (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid FROM closure
  UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
    FROM pg_catalog.pg_constraint k JOIN scope s ON s.oid = k.conrelid
  UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid
    FROM pg_catalog.pg_trigger g JOIN scope s ON s.oid = g.tgrelid
  UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid
    FROM pg_catalog.pg_rewrite w JOIN scope s ON s.oid = w.ev_class
  UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_policy p JOIN scope s ON s.oid = p.polrelid
  UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, e.oid
    FROM pg_catalog.pg_statistic_ext e JOIN scope s ON s.oid = e.stxrelid
  UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f FROM pg_catalog.unnest($2::pg_catalog.oid[]) f
  UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, f FROM pg_catalog.unnest($3::pg_catalog.oid[]) f
  UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, f FROM pg_catalog.unnest($4::pg_catalog.oid[]) f
  UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid FROM row_types t)
SELECT pg_catalog.json_build_object(
  'pg_class', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class r JOIN closure c ON c.oid = r.oid),
  'pg_attribute', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute r JOIN closure c ON c.oid = r.attrelid),
  'pg_attrdef', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attrdef r JOIN scope s ON s.oid = r.adrelid),
  'pg_constraint', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint r JOIN scope s ON s.oid = r.conrelid)
    + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint r WHERE r.contypid <> 0 AND r.contypid = ANY ($4::pg_catalog.oid[])),
  'pg_index', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index r JOIN heaps h ON h.oid = r.indrelid),
  'pg_trigger', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger r JOIN scope s ON s.oid = r.tgrelid),
  'pg_rewrite', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite r JOIN scope s ON s.oid = r.ev_class),
  'pg_policy', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy r JOIN scope s ON s.oid = r.polrelid),
  'pg_sequence', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_sequence r JOIN scope s ON s.oid = r.seqrelid),
  'pg_statistic_ext', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_statistic_ext r JOIN scope s ON s.oid = r.stxrelid),
  'pg_type', (SELECT pg_catalog.count(*) + pg_catalog.count(nullif(t.typarray, 0)) FROM row_types t)
    + (SELECT pg_catalog.count(*) + pg_catalog.count(nullif(t.typarray, 0)) FROM pg_catalog.pg_type t WHERE t.oid = ANY ($4::pg_catalog.oid[])),
  'pg_enum', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_enum r WHERE r.enumtypid = ANY ($4::pg_catalog.oid[])),
  'pg_proc', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc r WHERE r.oid = ANY ($2::pg_catalog.oid[])),
  'pg_namespace', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace r WHERE r.oid = ANY ($3::pg_catalog.oid[])),
  'pg_description', (SELECT pg_catalog.count(*) FROM parts p
    JOIN pg_catalog.pg_description d ON d.classoid = p.class AND d.objoid = p.oid))
