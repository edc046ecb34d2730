-- expect: restored
-- setup
create table t (id int primary key, x xid8, s pg_snapshot, l pg_lsn, c regclass, p regtype, o oid, v oidvector, iv int2vector, ti tid, n regnamespace, r regrole);
insert into t values (1, '7', '10:20:10,14,15', '0/1', 'pg_class', 'int', 1, '1 2', '1 2', '(0,1)', 'pg_catalog', 'app_owner'), (2, null, null, '16/B374D848', 't', 't', 4294967295, '', null, '(1,2)', 'public', null);
-- change
update t set x = '8', s = '10:20:10', l = '0/2', c = 't', p = 'text', o = 2, v = '2 1', iv = '2 1', ti = '(0,2)', n = 'public' where id = 1;
delete from t where id = 2;
