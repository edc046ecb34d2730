-- Which of the objects $4 text[] (catalogs), $5 oid[] are made of others, directly or through others: their text, or that
-- of their rows, has names of theirs in it. The others are $1 text[], $2 oid[], and the row types of the relations $3 oid[].
-- A foreign key, an index or a default is of no table's text.
WITH RECURSIVE
made AS (
  SELECT s.class::pg_catalog.regclass::pg_catalog.oid AS class, s.oid
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.oid[])) s(class, oid)
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_type t ON t.oid = c.reltype WHERE c.oid = ANY ($3::pg_catalog.oid[])
  UNION
  SELECT f.class, f.oid FROM made m CROSS JOIN LATERAL (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = m.class AND d.refobjid = m.oid AND CASE m.class
      WHEN 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.classid IN (
        'pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
        'pg_catalog.pg_type'::pg_catalog.regclass)
      ELSE m.class NOT IN (
        'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
        'pg_catalog.pg_trigger'::pg_catalog.regclass) END
    UNION ALL
    -- The text of a view has its query, its rules and its triggers in it, that of a domain its constraints.
    SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
    WHERE d.classid = m.class AND d.objid = m.oid AND d.deptype IN ('a', 'i') AND CASE m.class
      WHEN 'pg_catalog.pg_constraint'::pg_catalog.regclass THEN d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
      ELSE m.class IN (
        'pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass)
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass END) f(class, oid))
SELECT t.class, t.oid::bigint
FROM ROWS FROM (pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.oid[])) t(class, oid)
JOIN made m ON m.class = t.class::pg_catalog.regclass AND m.oid = t.oid
