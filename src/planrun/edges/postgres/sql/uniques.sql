-- The unique indexes of the tables $1 oid[], with the numbers of their columns; those of expressions are left out.
SELECT x.indrelid::bigint, (SELECT pg_catalog.array_agg(k.attnum::int ORDER BY k.place)
  FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY k(attnum, place) WHERE k.place <= x.indnkeyatts)
FROM pg_catalog.pg_index x
WHERE x.indisunique AND x.indrelid = ANY ($1::pg_catalog.oid[]) AND NOT 0 = ANY (x.indkey)
ORDER BY x.indrelid, x.indexrelid
