-- How many rows each catalog holds for the objects in view. A step's inserted minus deleted rows of a catalog must
-- equal the growth of these numbers; otherwise it touched an object that was not in view.
-- The query is made of the parts for those catalogs that may have such rows and were written; most steps write few.
-- $1 oid[]: relations. $2 oid[]: functions. $3 oid[]: schemas. $4 oid[]: types. $5 text[], $6 oid[]: other objects and
-- their catalogs. $7 oid[]: publications. $8 oid[]: default privileges.
WITH scope AS MATERIALIZED (SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) s(oid)),
toast AS MATERIALIZED (
  SELECT c.reltoastrelid AS oid FROM pg_catalog.pg_class c
  WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.reltoastrelid <> 0),
heaps AS MATERIALIZED (SELECT oid FROM scope UNION ALL SELECT oid FROM toast),
closure AS MATERIALIZED (
  SELECT oid FROM heaps
  UNION ALL SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE x.indrelid = ANY (ARRAY(SELECT oid FROM heaps))),
objects(class, oid) AS MATERIALIZED (
  SELECT * FROM ROWS FROM (pg_catalog.unnest($5::pg_catalog.text[]), pg_catalog.unnest($6::pg_catalog.oid[])) o(class, oid)),
default_privileges AS MATERIALIZED (SELECT oid FROM pg_catalog.unnest($8::pg_catalog.oid[]) p(oid)),
types AS MATERIALIZED (
  -- A row type is counted with its relation.
  SELECT t.oid, t.typarray FROM pg_catalog.pg_type t WHERE t.oid = ANY ($4::pg_catalog.oid[]) AND t.typrelid = 0),
row_types AS MATERIALIZED (
  SELECT t.oid, t.typarray FROM pg_catalog.pg_type t
  WHERE t.oid = ANY (ARRAY(SELECT c.reltype FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[])))),
parts(class, oid) AS MATERIALIZED (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid FROM closure
  UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY (ARRAY(SELECT oid FROM scope))
  UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid
    FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ANY (ARRAY(SELECT oid FROM scope))
  UNION ALL SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid
    FROM pg_catalog.pg_rewrite w WHERE w.ev_class = ANY (ARRAY(SELECT oid FROM scope))
  UNION ALL SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid
    FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY (ARRAY(SELECT oid FROM scope))
  UNION ALL SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, e.oid
    FROM pg_catalog.pg_statistic_ext e WHERE e.stxrelid = ANY (ARRAY(SELECT oid FROM scope))
  UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, f FROM pg_catalog.unnest($2::pg_catalog.oid[]) f
  UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, f FROM pg_catalog.unnest($3::pg_catalog.oid[]) f
  UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = 0 AND k.contypid = ANY (ARRAY(SELECT oid FROM types))
  UNION ALL SELECT 'pg_catalog.pg_publication'::pg_catalog.regclass, f FROM pg_catalog.unnest($7::pg_catalog.oid[]) f
  UNION ALL SELECT o.class::pg_catalog.regclass, o.oid FROM objects o
  UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
    FROM (SELECT oid FROM row_types UNION SELECT pg_catalog.unnest($4::pg_catalog.oid[])) t)
-- part: pg_class
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_class r WHERE r.oid = ANY (ARRAY(SELECT oid FROM closure)))
-- part: pg_attribute
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute r WHERE r.attrelid = ANY (ARRAY(SELECT oid FROM closure)))
-- part: pg_attrdef
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_attrdef r WHERE r.adrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_constraint
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint r WHERE r.conrelid = ANY (ARRAY(SELECT oid FROM scope)))
    + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint r WHERE r.conrelid = 0 AND r.contypid = ANY ($4::pg_catalog.oid[]))
-- part: pg_index
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_index r WHERE r.indrelid = ANY (ARRAY(SELECT oid FROM heaps)))
-- part: pg_inherits
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits r WHERE r.inhrelid = ANY (ARRAY(SELECT oid FROM closure)))
-- part: pg_partitioned_table
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_partitioned_table r WHERE r.partrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_trigger
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger r WHERE r.tgrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_rewrite
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_policy
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy r WHERE r.polrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_sequence
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_sequence r WHERE r.seqrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_statistic_ext
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_statistic_ext r WHERE r.stxrelid = ANY (ARRAY(SELECT oid FROM scope)))
-- part: pg_type
(SELECT pg_catalog.count(*) + pg_catalog.count(nullif(t.typarray, 0)) FROM row_types t)
    + (SELECT pg_catalog.count(*) + pg_catalog.count(nullif(t.typarray, 0)) FROM types t)
-- part: pg_enum
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_enum r WHERE r.enumtypid = ANY ($4::pg_catalog.oid[]))
-- part: pg_proc
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc r WHERE r.oid = ANY ($2::pg_catalog.oid[]))
-- part: pg_aggregate
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_aggregate r WHERE r.aggfnoid = ANY ($2::pg_catalog.oid[]))
-- part: pg_range
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_range r WHERE r.rngtypid = ANY ($4::pg_catalog.oid[]))
-- part: pg_publication
pg_catalog.cardinality($7::pg_catalog.oid[])
-- part: pg_publication_rel
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_rel r
    WHERE r.prpubid = ANY ($7::pg_catalog.oid[]))
-- part: pg_publication_namespace
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_namespace r
    WHERE r.pnpubid = ANY ($7::pg_catalog.oid[]))
-- part: pg_default_acl
(SELECT pg_catalog.count(*) FROM default_privileges)
-- part: pg_am
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_am')
-- part: pg_cast
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_cast')
-- part: pg_collation
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_collation')
-- part: pg_conversion
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_conversion')
-- part: pg_foreign_data_wrapper
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_foreign_data_wrapper')
-- part: pg_foreign_server
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_foreign_server')
-- part: pg_language
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_language')
-- part: pg_opclass
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_opclass')
-- part: pg_operator
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_operator')
-- part: pg_opfamily
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_opfamily')
-- part: pg_amop
(SELECT pg_catalog.count(*) FROM objects o JOIN pg_catalog.pg_amop r ON r.amopfamily = o.oid
    WHERE o.class = 'pg_opfamily')
-- part: pg_amproc
(SELECT pg_catalog.count(*) FROM objects o JOIN pg_catalog.pg_amproc r ON r.amprocfamily = o.oid
    WHERE o.class = 'pg_opfamily')
-- part: pg_transform
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_transform')
-- part: pg_ts_config
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_ts_config')
-- part: pg_ts_config_map
(SELECT pg_catalog.count(*) FROM objects o JOIN pg_catalog.pg_ts_config_map r ON r.mapcfg = o.oid
    WHERE o.class = 'pg_ts_config')
-- part: pg_ts_dict
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_ts_dict')
-- part: pg_ts_parser
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_ts_parser')
-- part: pg_ts_template
(SELECT pg_catalog.count(*) FROM objects WHERE class = 'pg_ts_template')
-- part: pg_namespace
(SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace r WHERE r.oid = ANY ($3::pg_catalog.oid[]))
-- part: pg_description
(SELECT pg_catalog.count(*) FROM parts p CROSS JOIN LATERAL (
    SELECT d.objoid FROM pg_catalog.pg_description d WHERE d.classoid = p.class AND d.objoid = p.oid OFFSET 0) d)
