-- The relations behind the names of a script, under the search_path in force; an index leads to its table.
-- $1 text[]: quoted names. A name that does not exist (yet) gives no row.
SELECT DISTINCT coalesce(x.indrelid, c.oid)::bigint
FROM pg_catalog.unnest($1::text[]) n(name)
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(n.name)
LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
WHERE c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
