-- Publications with their tables and schemas, one JSON object each.
SELECT pg_catalog.json_build_object(
  'oid', p.oid::bigint, 'name', p.pubname, 'owner', pg_catalog.pg_get_userbyid(p.pubowner),
  'all_tables', p.puballtables, 'free', pg_catalog.current_setting('is_superuser') = 'on',
  'options', pg_catalog.format('publish = %L, publish_via_partition_root = %s', pg_catalog.concat_ws(', ',
      CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END), p.pubviaroot::text)
    -- Since 18.
    || CASE pg_catalog.to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN ', publish_generated_columns = stored'
         WHEN 'n' THEN ', publish_generated_columns = none' ELSE '' END,
  'members', (SELECT pg_catalog.json_agg(m.member ORDER BY m.word, m.oid) FROM (
      SELECT 'TABLE' AS word, r.prrelid AS oid, pg_catalog.json_build_object('word', 'TABLE', 'oid', r.prrelid::bigint,
        'row', r.oid::bigint, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname),
        'detail', (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
           FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (r.prattrs)),
        'filter', ' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')',
        'body', pg_catalog.md5(pg_catalog.concat_ws(' ', r.prattrs, r.prqual))) AS member
      FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.prpubid = p.oid
      UNION ALL
      SELECT 'TABLES IN SCHEMA', s.pnnspid, pg_catalog.json_build_object('word', 'TABLES IN SCHEMA',
        'oid', s.pnnspid::bigint, 'row', s.oid::bigint, 'name', pg_catalog.quote_ident(n.nspname))
      FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid
      WHERE s.pnpubid = p.oid) m),
  'comment', pg_catalog.obj_description(p.oid, 'pg_publication'))
FROM pg_catalog.pg_publication p
ORDER BY p.oid
