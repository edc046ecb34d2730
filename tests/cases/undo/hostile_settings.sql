-- expect: restored
-- setting: DateStyle = 'SQL, DMY'
-- setting: IntervalStyle = 'sql_standard'
-- setting: TimeZone = 'Asia/Kathmandu'
-- setting: bytea_output = 'escape'
-- setting: extra_float_digits = -5
-- setting: standard_conforming_strings = off
-- setting: escape_string_warning = off
-- setting: xmloption = 'document'
-- setting: row_security = off
-- setting: default_transaction_isolation = 'repeatable read'
-- setup
create table t (id int primary key, d date, ts timestamptz, i interval, f float8, b bytea, s text default 'back\slash');
insert into t values (1, '2026-02-03', now(), '1 day -2 hours', 0.1 + 0.2, '\x00ff5c', 'a\b'), (2, '2026-03-02', 'epoch', '-1 mon', 1e-300, '\x', '''');
-- change
update t set d = d + 1, ts = ts + '1 day', i = i * 2, f = f / 3, b = b || '\x5c', s = s || '\\' ;
alter table t add column d2 timestamptz default '2026-04-05 06:07:08+00', add column f2 float8 default 0.30000000000000004, add column b2 bytea default '\\134\\000', add column s2 text default 'x\\y';
insert into t (id) values (3);
create table made as select * from t;
