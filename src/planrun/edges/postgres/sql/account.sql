-- The relations that this transaction locked to write or to change, and what the server counted for them. A lock on an
-- index counts for its table.
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text, c.relpersistence::text,
  pg_catalog.bool_or(l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')),
  pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
  pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid), coalesce(c.oid, l.relation)::bigint
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = l.relation
LEFT JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, l.relation)
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
  AND (c.oid IS NULL OR (n.nspname NOT IN ('pg_catalog', 'pg_toast')))
GROUP BY c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, coalesce(c.oid, l.relation)
ORDER BY 10
