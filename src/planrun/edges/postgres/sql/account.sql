-- The relations that this transaction locked to write or to change, and what the server counted for them. A lock on an
-- index counts for its table.
(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(t.oid::bigint, t.schema, t.name, t.kind, t.persistence, t.altered,
    pg_catalog.pg_stat_get_xact_tuples_inserted(t.oid), pg_catalog.pg_stat_get_xact_tuples_updated(t.oid),
    pg_catalog.pg_stat_get_xact_tuples_deleted(t.oid), t.lock::bigint) ORDER BY t.lock)
 FROM (
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence,
    pg_catalog.bool_or(l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')) AS altered,
    coalesce(c.oid, l.relation) AS lock
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = l.relation
  LEFT JOIN pg_catalog.pg_class c ON c.oid = coalesce(x.indrelid, l.relation)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid()
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
    AND (c.oid IS NULL OR (n.nspname NOT IN ('pg_catalog', 'pg_toast')))
  GROUP BY c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, coalesce(c.oid, l.relation)) t)
