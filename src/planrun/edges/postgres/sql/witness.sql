-- How many rows of the catalogs define relations, and the sum of their xmin: who writes, adds or removes one makes it
-- another pair, since he has a later number than all who wrote before.
-- Only plain reading of catalogs, which waits for no lock on a relation.
-- $1 oid[], $2 bool: as in describe_relations, whose text stands in for the word in braces.
WITH relations AS MATERIALIZED (SELECT c.oid, c.reltype AS type {relations}),
heaps AS MATERIALIZED (
  SELECT oid FROM relations
  UNION ALL SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE x.indrelid = ANY (ARRAY(SELECT oid FROM relations))),
parts(class, oid, xmin) AS MATERIALIZED (
  SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_class r WHERE r.oid = ANY (ARRAY(SELECT oid FROM heaps))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_type r
    WHERE r.oid = ANY (ARRAY(SELECT type FROM relations))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_constraint r
    WHERE r.conrelid = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_trigger r
    WHERE r.tgrelid = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_rewrite r
    WHERE r.ev_class = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_policy r
    WHERE r.polrelid = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.tableoid, r.oid, r.xmin FROM pg_catalog.pg_statistic_ext r
    WHERE r.stxrelid = ANY (ARRAY(SELECT oid FROM relations))),
written(xmin) AS (
  SELECT xmin FROM parts
  UNION ALL SELECT d.xmin FROM parts p CROSS JOIN LATERAL (
    SELECT d.xmin FROM pg_catalog.pg_description d WHERE d.classoid = p.class AND d.objoid = p.oid OFFSET 0) d
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_attribute r WHERE r.attrelid = ANY (ARRAY(SELECT oid FROM heaps))
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_index r WHERE r.indexrelid = ANY (ARRAY(SELECT oid FROM heaps))
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_inherits r WHERE r.inhrelid = ANY (ARRAY(SELECT oid FROM heaps))
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_attrdef r WHERE r.adrelid = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_partitioned_table r
    WHERE r.partrelid = ANY (ARRAY(SELECT oid FROM relations))
  UNION ALL SELECT r.xmin FROM pg_catalog.pg_sequence r WHERE r.seqrelid = ANY (ARRAY(SELECT oid FROM relations)))
SELECT pg_catalog.count(*), pg_catalog.sum(w.xmin::text::bigint)::bigint FROM written w
