-- What the server has counted so far in this transaction's statistics: the zero that a step is measured from.
-- $1 oid[]: user tables whose counters are needed too, besides planrun's own and those written before in this transaction.
-- The counters may hold unflushed activity of earlier transactions of the session; only differences mean something.
SELECT
  (SELECT pg_catalog.json_object_agg(c.relname, pg_catalog.json_build_array(
      pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid), pg_catalog.pg_stat_get_xact_tuples_updated(c.oid),
      pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid)))
   FROM pg_catalog.pg_class c WHERE c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r'),
  (SELECT pg_catalog.json_object_agg(t.oid::bigint, pg_catalog.json_build_array(
      pg_catalog.pg_stat_get_xact_tuples_inserted(t.oid), pg_catalog.pg_stat_get_xact_tuples_updated(t.oid),
      pg_catalog.pg_stat_get_xact_tuples_deleted(t.oid)))
   FROM (
     SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) w(oid)
     UNION SELECT r.oid FROM pg_catalog.pg_class r
       WHERE r.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'planrun') AND r.relkind = 'r'
     UNION SELECT l.relation FROM pg_catalog.pg_locks l
       WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.mode = 'RowExclusiveLock') t)
