-- expect: restored
-- setup
create type mood as enum ('sad', 'glad', 'so');
create table k1 (k numeric, l char(5), v text, primary key (k, l));
create table k2 (k timestamptz primary key, v text);
create table k3 (k float8 primary key, v text);
create table k4 (k mood primary key, v text);
create table k5 (k int[] primary key, v text);
create table k6 (k bytea primary key, v text);
create table k7 (k int4range primary key, v text);
create table k8 (k jsonb primary key, v text);
create table k9 (k uuid primary key, v text);
insert into k1 values (1.10, 'a', 'x'), (2, 'b', 'y'); insert into k2 values ('infinity', 'x'), ('2026-01-01', 'y');
insert into k3 values ('-0', 'x'), ('NaN', 'y'), (1.5, 'z'); insert into k4 values ('sad', 'x'), ('glad', 'y');
insert into k5 values ('[2:3]={1,2}', 'x'), ('{}', 'y'); insert into k6 values ('\x00', 'x'), ('', 'y');
insert into k7 values ('[1,3)', 'x'), ('empty', 'y'); insert into k8 values ('{"a": 1}', 'x'), ('null', 'y');
insert into k9 values ('00000000-0000-0000-0000-000000000001', 'x');
-- change
update k1 set v = 'n', k = 1.1 where k = 1.1; delete from k1 where k = 2; update k2 set v = 'n'; update k3 set v = 'n'; delete from k3 where k = 1.5; update k3 set k = 0 where k = 0;
update k4 set v = 'n'; update k4 set k = 'so' where k = 'sad'; update k5 set v = 'n'; delete from k5 where k = '{}'; update k6 set v = 'n'; delete from k6 where k = '';
update k7 set v = 'n'; delete from k7 where k = 'empty'; update k8 set v = 'n'; update k9 set v = 'n';
