-- The definitions of relations, one JSON object a relation, by OID; made by the server's own deparsers. Comments are read
-- from their table: the functions for that would be planned anew with each query.
-- $1 oid[]: tables, views, sequences (an index is described with its table). $2 bool: whether with all that they inherit
-- from and all that inherits from them: a tree is looked at as a whole.
-- part: rows
  -- What it takes to catch and to find the rows of a table again.
  'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
  'persistence', c.relpersistence, 'owner', pg_catalog.pg_get_userbyid(c.relowner),
  'owned', pg_catalog.pg_has_role(c.relowner, 'USAGE'),
  'row_security', c.relrowsecurity, 'force_row_security', c.relforcerowsecurity,
  'columns', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'attnum', a.attnum, 'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'type_id', pg_catalog.concat(a.atttypid, ' ', a.atttypmod),
      'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
          SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(co.collname)
          FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
          WHERE co.oid = a.attcollation) END,
      'not_null', a.attnotnull,
      'default', pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), 'default_oid', ad.oid::bigint,
      'body', pg_catalog.md5(ad.adbin::pg_catalog.text),
      'identity', a.attidentity, 'generated', a.attgenerated,
      -- What the server brings itself has lower OIDs.
      'certain', a.attgenerated <> 's' OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ad.oid AND d.refobjid >= 16384
          AND NOT (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid)),
      'uses', CASE WHEN a.attgenerated = 's' THEN coalesce((
          SELECT pg_catalog.json_agg(DISTINCT d.refobjsubid) FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ad.oid
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
            AND d.refobjsubid NOT IN (0, a.attnum)), '[]') ELSE '[]' END,
      'calls', CASE WHEN a.attgenerated = 's' THEN coalesce((
          SELECT pg_catalog.json_agg(DISTINCT f.oid::pg_catalog.regprocedure::text) FROM pg_catalog.pg_depend d
          LEFT JOIN pg_catalog.pg_operator o
            ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
          JOIN pg_catalog.pg_proc f ON f.oid = CASE d.refclassid
            WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END
          WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ad.oid AND f.oid >= 16384
          ), '[]') ELSE '[]' END,
      'storage', a.attstorage, 'type_storage', t.typstorage,
      'compression', a.attcompression,
      'statistics', nullif(a.attstattarget, -1), 'options', a.attoptions,
      'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                pg_catalog.pg_get_userbyid(x.grantor),
                CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
                x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
              FROM pg_catalog.aclexplode(a.attacl) x),
      'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = a.attnum),
      'inherited', a.attinhcount > 0, 'local', a.attislocal,
      'row_type_of', (SELECT nullif(coalesce(nullif(e.typrelid, 0), t.typrelid), 0)::bigint
        FROM (SELECT t.typelem AS elem) o LEFT JOIN pg_catalog.pg_type e ON e.oid = o.elem),
      'missing', CASE WHEN a.atthasmissing THEN pg_catalog.array_to_string(a.attmissingval, '') END,
      'exact_equality', coalesce(t.typname IN ('bool', 'int2', 'int4', 'int8', 'oid', 'uuid', 'date', 'time', 'timestamp',
                                      'timestamptz', 'bytea', 'name') OR
                        (t.typname IN ('text', 'varchar') AND coalesce(col.collisdeterministic, true)), false)
                        AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace,
      'builtin', t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace,
      'equals', coalesce((
        SELECT 'OPERATOR(' || pg_catalog.quote_ident(qn.nspname) || '.' || q.oprname || ')'
        FROM pg_catalog.pg_opclass oc
        JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
        JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype
          AND ao.amoprighttype = oc.opcintype AND ao.amopstrategy = 3
        JOIN pg_catalog.pg_operator q ON q.oid = ao.amopopr
        JOIN pg_catalog.pg_namespace qn ON qn.oid = q.oprnamespace
        WHERE t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace AND oc.opcdefault
          AND oc.opcintype = coalesce(nullif(t.typbasetype, 0), t.oid)), '=')
    ) ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_collation col ON col.oid = a.attcollation
    LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'),
  'indexes', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', x.indexrelid::bigint, 'name', ic.relname, 'definition', pg_catalog.pg_get_indexdef(x.indexrelid),
      'constraint', (SELECT k.oid::bigint FROM pg_catalog.pg_constraint k
                     WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = c.oid),
      'parent', coalesce((SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = x.indexrelid), 0)::bigint,
      'unique', x.indisunique, 'primary', x.indisprimary, 'valid', x.indisvalid, 'immediate', x.indimmediate,
      'partial', x.indpred IS NOT NULL, 'expressions', x.indexprs IS NOT NULL,
      'columns', (x.indkey::pg_catalog.int2[])[0:x.indnkeyatts - 1],
      'clustered', x.indisclustered, 'replica_identity', x.indisreplident,
      'tablespace', ic.reltablespace::bigint, 'options', ic.reloptions,
      'tablespace_name', (SELECT y.spcname FROM pg_catalog.pg_tablespace y
        WHERE y.oid = coalesce(nullif(ic.reltablespace, 0),
          (SELECT d.dattablespace FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))),
      'statistics', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(ia.attnum, ia.attstattarget))
                     FROM pg_catalog.pg_attribute ia WHERE ia.attrelid = ic.oid AND ia.attstattarget > -1),
      'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = x.indexrelid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY x.indexrelid)
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class ic ON ic.oid = x.indexrelid WHERE x.indrelid = c.oid)
-- part: rest
  'acl', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
             pg_catalog.pg_get_userbyid(x.grantor),
             CASE WHEN x.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(x.grantee) END,
             x.privilege_type, x.is_grantable) ORDER BY x.grantee, x.privilege_type, x.grantor)
          FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault(
                 CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))) x),
  'options', c.reloptions, 'tablespace', c.reltablespace::bigint, 'access_method', c.relam::bigint,
  'tablespace_name', (SELECT y.spcname FROM pg_catalog.pg_tablespace y WHERE y.oid = coalesce(nullif(c.reltablespace, 0),
      (SELECT d.dattablespace FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))),
  'access_method_name', (SELECT am.amname FROM pg_catalog.pg_am am WHERE am.oid = c.relam),
  'of_type_name', CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
  'populated', c.relispopulated,
  'row_type', (SELECT nullif(pg_catalog.concat(y.typacl, (SELECT d.description FROM pg_catalog.pg_description d
    WHERE d.objoid = y.oid AND d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objsubid = 0)), '')
               FROM pg_catalog.pg_type y WHERE y.oid = c.reltype AND c.relkind <> 'c'),
  'hindrance', CASE
      WHEN pg_catalog.current_setting('is_superuser') = 'on' THEN NULL
      WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') THEN 'may not create anything in its schema'
      WHEN c.reltablespace <> 0 AND NOT pg_catalog.has_tablespace_privilege(c.reltablespace, 'CREATE')
        THEN 'may not create anything in its tablespace' END,
  'owner_hindrance', CASE
      WHEN pg_catalog.current_setting('is_superuser') = 'on' THEN NULL
      WHEN NOT pg_catalog.pg_has_role(c.relowner,
        CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000 THEN 'SET' ELSE 'MEMBER' END)
        THEN 'may not give it to its owner'
      WHEN NOT pg_catalog.has_schema_privilege(c.relowner, n.oid, 'CREATE')
        THEN 'may not give it to its owner, who may not create anything in its schema' END,
  'toast_options', (SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid),
  'filenode', pg_catalog.pg_relation_filenode(c.oid)::bigint,
  'replica_identity', c.relreplident,
  'in_tree', c.relispartition OR c.relkind = 'p' OR EXISTS (
     SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent)),
  'parents', (SELECT pg_catalog.json_agg(i.inhparent::bigint ORDER BY i.inhseqno)
     FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
  'detach_pending', coalesce((SELECT pg_catalog.bool_or(i.inhdetachpending)
     FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid), false),
  'partition_bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid),
  'partition_key', CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
  'of_type', c.reloftype::bigint,
  'of_relation', (SELECT y.typrelid::bigint FROM pg_catalog.pg_type y WHERE y.oid = c.reloftype),
  'comment', (SELECT d.description FROM pg_catalog.pg_description d
    WHERE d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0),
  'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
  'body', (SELECT pg_catalog.md5(r.ev_action::pg_catalog.text) FROM pg_catalog.pg_rewrite r
      WHERE r.ev_class = c.oid AND r.rulename = '_RETURN'),
  'dependants', (SELECT pg_catalog.json_agg(DISTINCT r.ev_class::bigint) FROM pg_catalog.pg_depend d
      JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
      WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
        AND r.ev_class <> c.oid),
  'extension', (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'),
  'constraints', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', k.oid::bigint, 'name', k.conname, 'type', k.contype, 'definition', pg_catalog.pg_get_constraintdef(k.oid),
      'index', CASE WHEN k.contype IN ('p', 'u', 'x') THEN k.conindid::bigint END,
      'body', pg_catalog.md5((pg_catalog.to_jsonb(k) - '{conname,connamespace,conislocal,coninhcount,conparentid}'::pg_catalog.text[])::pg_catalog.text),
      'columns', k.conkey, 'foreign', k.confrelid::bigint,
      'pairs', CASE WHEN k.contype = 'f' THEN (
        SELECT pg_catalog.json_agg(pg_catalog.json_build_array(fa.attname, p.referenced,
          (SELECT 'OPERATOR(' || pg_catalog.quote_ident(fn.nspname) || '.' || fo.oprname || ')'
           FROM pg_catalog.pg_operator fo JOIN pg_catalog.pg_namespace fn ON fn.oid = fo.oprnamespace
           WHERE fo.oid = p.operator)) ORDER BY p.position)
        FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey),
          pg_catalog.unnest(k.conpfeqop)) WITH ORDINALITY p(referencing, referenced, operator, position)
        JOIN pg_catalog.pg_attribute fa ON fa.attrelid = k.conrelid AND fa.attnum = p.referencing)
        ELSE '[]'::json END,
      'parent_rows', CASE WHEN k.contype = 'f' THEN (
        SELECT CASE WHEN p.relkind = 'p' THEN '' ELSE 'ONLY ' END || pg_catalog.format('%I.%I', pn.nspname, p.relname)
        FROM pg_catalog.pg_class p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE p.oid = k.confrelid AND pg_catalog.has_table_privilege(p.oid, 'SELECT')
          AND pg_catalog.has_schema_privilege(pn.oid, 'USAGE') AND NOT pg_catalog.row_security_active(p.oid)) END,
      'parent_columns', CASE WHEN k.contype = 'f' THEN (SELECT pg_catalog.json_agg(pa.attname ORDER BY p.position)
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY p(referenced, position)
        JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = p.referenced)
        ELSE '[]'::json END,
      'settled', k.contype <> 'c' OR (k.conbin::pg_catalog.text !~ '\{(SQLVALUEFUNCTION|NEXTVALUEEXPR|COERCEVIAIO|COERCETODOMAIN)'
        AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:opfuncid|funcid) (\d+)', 'g') m(found)
          JOIN pg_catalog.pg_proc f ON f.oid = m.found[1]::pg_catalog.oid
          -- What the users made can be replaced, whatever it is declared to be.
          WHERE f.provolatile <> 'i' OR f.oid >= 16384)),
      'validated', k.convalidated, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
      'inherited', k.coninhcount > 0 OR k.conparentid <> 0, 'local', k.conislocal, 'parent', k.conparentid::bigint,
      'no_inherit', k.connoinherit, 'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::pg_catalog.bool, false),
      'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = k.oid AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY k.oid)
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype <> 't'),
  'triggers', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', g.oid::bigint, 'name', g.tgname, 'definition', pg_catalog.pg_get_triggerdef(g.oid),
      'body', pg_catalog.md5((pg_catalog.to_jsonb(g) - '{tgname,tgenabled,tgparentid}'::pg_catalog.text[])::pg_catalog.text),
      'parent', g.tgparentid::bigint, 'enabled', g.tgenabled, 'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = g.oid AND d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY g.oid)
    FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
      AND NOT (pg_catalog.starts_with(g.tgname, 'planrun_capture') AND EXISTS (SELECT FROM pg_catalog.pg_proc f
        WHERE f.oid = g.tgfoid AND f.pronamespace = pg_catalog.to_regnamespace('planrun')))),
  'internal_triggers', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(g.tgconstraint::bigint, g.tgenabled)
      ORDER BY g.tgconstraint, g.oid)
    FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgisinternal AND g.tgenabled <> 'O'),
  'rules', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', r.oid::bigint, 'name', r.rulename, 'definition', pg_catalog.pg_get_ruledef(r.oid),
      'body', pg_catalog.md5((pg_catalog.to_jsonb(r) - '{rulename,ev_enabled}'::pg_catalog.text[])::pg_catalog.text),
      'enabled', r.ev_enabled, 'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = r.oid AND d.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY r.oid)
    FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'),
  'policies', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', p.oid::bigint, 'name', p.polname, 'command', p.polcmd, 'permissive', p.polpermissive,
      'roles', (SELECT pg_catalog.json_agg(CASE WHEN r = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(r) END)
                FROM pg_catalog.unnest(p.polroles) r),
      'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
      'check', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
      'body', pg_catalog.md5(pg_catalog.to_jsonb(p)::pg_catalog.text),
      'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = p.oid AND d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY p.oid)
    FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
  'statistics', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'oid', s.oid::bigint, 'schema', sn.nspname, 'name', s.stxname, 'owner', pg_catalog.pg_get_userbyid(s.stxowner),
      'definition', pg_catalog.pg_get_statisticsobjdef(s.oid), 'target', nullif(s.stxstattarget, -1),
      'comment', (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = s.oid AND d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objsubid = 0)) ORDER BY s.oid)
    FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace sn ON sn.oid = s.stxnamespace
    WHERE s.stxrelid = c.oid),
  'sequence', (SELECT pg_catalog.json_build_object(
      'type', pg_catalog.format_type(q.seqtypid, NULL), 'start', q.seqstart::text, 'increment', q.seqincrement::text,
      'min', q.seqmin::text, 'max', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle,
      'readable', pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT'))
    FROM pg_catalog.pg_sequence q WHERE q.seqrelid = c.oid),
  'owned_by', (SELECT pg_catalog.json_build_array(d.refobjid::bigint, d.refobjsubid, d.deptype)
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S'),
  'owning_column', (SELECT pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.relname) || '.'
      || pg_catalog.quote_ident(a.attname)
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class t ON t.oid = d.refobjid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
-- part: from
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY (ARRAY(
    -- With a view come the views on it: when it is made again, so are they.
    -- Through arrays, which count as ten rows: guess upon guess would come to millions of rows, and to a hash table of
    -- all the memory that sorts may have, with each call.
    WITH RECURSIVE up(oid) AS (
      SELECT oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r(oid)
      UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid WHERE $2::pg_catalog.bool),
    down(oid) AS (
      SELECT oid FROM pg_catalog.unnest(ARRAY(SELECT oid FROM up)) r(oid)
      UNION SELECT i.inhrelid FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent = down.oid WHERE $2::pg_catalog.bool),
    wanted(oid) AS (
      SELECT oid FROM pg_catalog.unnest(ARRAY(SELECT oid FROM down)) r(oid)
      UNION SELECT u.ev_class FROM wanted w CROSS JOIN LATERAL (
        SELECT r.ev_class FROM pg_catalog.pg_class v
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = v.oid
          AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        WHERE v.oid = w.oid AND v.relkind IN ('v', 'm') OFFSET 0) u)
    SELECT oid FROM wanted))
  AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
ORDER BY c.oid
