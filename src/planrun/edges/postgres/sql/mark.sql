-- What the server has counted so far in this transaction's statistics: the zero that a step is measured from.
-- The counters may hold unflushed activity of earlier transactions of the session; only differences mean something.
-- part: catalogs
  -- In braces stand the OIDs of the server's own catalogs: to look them up each time would cost more than the rest.
  -- What counts nothing is left out: most catalogs, most of the time.
  (SELECT pg_catalog.json_object_agg(c.relation::bigint, pg_catalog.json_build_array(c.inserted, c.updated, c.deleted))
   FROM (
    SELECT w.relation, pg_catalog.pg_stat_get_xact_tuples_inserted(w.relation) AS inserted,
      pg_catalog.pg_stat_get_xact_tuples_updated(w.relation) AS updated,
      pg_catalog.pg_stat_get_xact_tuples_deleted(w.relation) AS deleted
    FROM pg_catalog.unnest('{{catalogs}}'::pg_catalog.oid[]) w(relation) OFFSET 0) c
   WHERE c.inserted <> 0 OR c.updated <> 0 OR c.deleted <> 0)
-- part: tables
  -- $1 oid[]: user tables whose counters are needed, besides those written before in this transaction.
  (SELECT pg_catalog.json_object_agg(t.relation::bigint, pg_catalog.json_build_array(
      pg_catalog.pg_stat_get_xact_tuples_inserted(t.relation), pg_catalog.pg_stat_get_xact_tuples_updated(t.relation),
      pg_catalog.pg_stat_get_xact_tuples_deleted(t.relation)))
   FROM (
    SELECT w.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) w(oid)
    UNION SELECT l.relation FROM pg_catalog.pg_locks l
      WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock') t(relation))
