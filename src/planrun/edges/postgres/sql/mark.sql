-- What the server has counted so far in this transaction's statistics: the zero that a step is measured from.
-- $1 oid[]: user tables whose counters are needed too, besides those written before in this transaction.
-- The counters may hold unflushed activity of earlier transactions of the session; only differences mean something.
-- What counts nothing is left out: most catalogs, most of the time.
WITH counted AS (
  SELECT w.relation, w.catalog, x.inserted, x.updated, x.deleted
  FROM (
    -- The server's own tables have OIDs below those of any user's.
    SELECT c.oid AS relation, c.relname AS catalog FROM pg_catalog.pg_class c
    WHERE c.oid < 16384 AND c.relkind = 'r' AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
    UNION ALL
    SELECT t.oid, NULL FROM (
      SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) w(oid)
      UNION SELECT l.relation FROM pg_catalog.pg_locks l
        WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock') t) w
  CROSS JOIN LATERAL (
    SELECT pg_catalog.pg_stat_get_xact_tuples_inserted(w.relation) AS inserted,
      pg_catalog.pg_stat_get_xact_tuples_updated(w.relation) AS updated,
      pg_catalog.pg_stat_get_xact_tuples_deleted(w.relation) AS deleted OFFSET 0) x)
SELECT
  (SELECT pg_catalog.json_object_agg(c.catalog, pg_catalog.json_build_array(c.inserted, c.updated, c.deleted))
   FROM counted c WHERE c.catalog IS NOT NULL AND (c.inserted <> 0 OR c.updated <> 0 OR c.deleted <> 0)),
  (SELECT pg_catalog.json_object_agg(c.relation::bigint, pg_catalog.json_build_array(c.inserted, c.updated, c.deleted))
   FROM counted c WHERE c.catalog IS NULL)
