-- What needs these objects, and what needs that which goes with them. $1 text[]: catalogs, $2 oid[]: their objects.
WITH RECURSIVE users AS (
  SELECT d.* FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.oid[])) w(class, oid)
  JOIN pg_catalog.pg_depend d ON d.refclassid = w.class::pg_catalog.regclass AND d.refobjid = w.oid
  UNION
  SELECT d.* FROM users u JOIN pg_catalog.pg_depend d ON d.refclassid = u.classid AND d.refobjid = u.objid
  WHERE u.deptype IN ('a', 'i'))
SELECT c.relname::text, u.objid::bigint, u.objsubid, r.relname::text, u.refobjid::bigint, u.refobjsubid, u.deptype::text,
  -- What goes with its owner is not named to anybody.
  CASE WHEN u.deptype NOT IN ('i', 'a', 'P', 'S') THEN pg_catalog.pg_describe_object(u.classid, u.objid, u.objsubid) ELSE '' END
FROM users u
JOIN pg_catalog.pg_class c ON c.oid = u.classid
JOIN pg_catalog.pg_class r ON r.oid = u.refclassid
ORDER BY u.classid, u.objid, u.objsubid, u.refclassid, u.refobjid, u.refobjsubid
