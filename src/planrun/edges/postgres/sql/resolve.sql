-- The relations behind the names of a script, under the search_path in force; an index leads to its table. And the
-- tables that its writes can reach through the actions of foreign keys.
-- $1 text: the search_path. $2 text[]: quoted names. $3 text[]: those of them that are written. A name that does not
-- exist (yet) gives nothing. $4 "char"[]: the actions of ON DELETE to follow. $5 "char"[]: those of ON UPDATE.
-- The operators are named in full: the search_path in force may be the users'. It is set before a name is looked up,
-- since the names come from what it is set to.
WITH RECURSIVE named(oid, written) AS (
  SELECT coalesce(x.indrelid, c.oid), pg_catalog.bool_or(n.name OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.text[]))
  FROM (SELECT pg_catalog.set_config('search_path', $1, true) AS path OFFSET 0) s
  CROSS JOIN LATERAL (
    SELECT pg_catalog.unnest(CASE WHEN s.path IS NOT NULL THEN $2::pg_catalog.text[] END) AS name OFFSET 0) n
  JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(n.name)::pg_catalog.oid
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid OPERATOR(pg_catalog.=) c.oid
  WHERE c.relnamespace OPERATOR(pg_catalog.<>) ALL (ARRAY[
    'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid, 'information_schema'::pg_catalog.regnamespace::pg_catalog.oid])
  GROUP BY 1),
reach(oid) AS (
  SELECT n.oid FROM named n WHERE n.written
  UNION
  SELECT f.conrelid FROM reach r CROSS JOIN LATERAL (
    -- pg_constraint has no index by the table referred to; pg_depend has.
    SELECT k.* FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_constraint k ON k.oid OPERATOR(pg_catalog.=) d.objid
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
      AND d.refobjid OPERATOR(pg_catalog.=) r.oid
      AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass::pg_catalog.oid
      AND k.contype OPERATOR(pg_catalog.=) 'f' AND k.confrelid OPERATOR(pg_catalog.=) r.oid
    OFFSET 0) f
  WHERE f.confdeltype OPERATOR(pg_catalog.=) ANY ($4::pg_catalog."char"[])
    OR f.confupdtype OPERATOR(pg_catalog.=) ANY ($5::pg_catalog."char"[]))
SELECT (SELECT pg_catalog.array_agg(n.oid::pg_catalog.int8) FROM named n),
  (SELECT pg_catalog.array_agg(r.oid::pg_catalog.int8) FROM reach r)
