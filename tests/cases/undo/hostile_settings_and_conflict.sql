-- expect: conflict
-- conflict: changed "public"."t" id = 2026-02-03 b
-- setting: DateStyle = 'SQL, DMY'
-- setting: bytea_output = 'escape'
-- setting: extra_float_digits = 0
-- setting: standard_conforming_strings = off
-- setting: escape_string_warning = off
-- setting: default_transaction_isolation = 'serializable'
-- setup
create table t (id date primary key, f float8, b bytea);
insert into t values ('2026-02-03', 0.1 + 0.2, '\x5c27'), ('2026-03-02', 1e-300, '\x00');
-- change
update t set f = 0.3, b = '\\x00' where id = '2026-02-03';
-- application
update t set b = '\\xff' where id = '2026-02-03';
