-- expect: restored
-- transaction: plan
-- setting: default_transaction_isolation = 'serializable'
-- setting: DateStyle = 'German'
-- setting: extra_float_digits = 0
-- setting: TimeZone = 'Pacific/Chatham'
-- setting: quote_all_identifiers = on
-- setting: check_function_bodies = off
-- setup
create table t (id int primary key, d timestamptz, f float8, m money, i interval);
insert into t values (1, '2026-04-05 02:45+12:45', 0.1 + 0.2, 12.5, '1 mon -1 day'), (2, 'infinity', '-0', null, null);
-- change
update t set d = d + '1 day', f = f * 3, m = m * 2;
-- change
alter table t drop column i, add column j timestamptz default '2026-01-01 00:00+00';
update t set f = 0 where id = 2;
