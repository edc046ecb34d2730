-- The relations that the query of a view $1 oid reads, directly or through other views; 0 where it calls functions of the
-- users', which may read others.
WITH RECURSIVE used AS (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid AS class, $1::pg_catalog.oid AS oid
  UNION
  SELECT d.refclassid, d.refobjid
  FROM used u
  JOIN pg_catalog.pg_rewrite r ON r.ev_class = u.oid AND u.class = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND r.rulename = '_RETURN'
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  WHERE d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass))
SELECT DISTINCT CASE WHEN u.class = 'pg_catalog.pg_class'::pg_catalog.regclass THEN u.oid::bigint ELSE 0 END
FROM used u
WHERE u.oid <> $1 ORDER BY 1
