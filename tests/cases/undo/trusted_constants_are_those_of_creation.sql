-- expect: restored
-- setup
create table t (id int primary key, made timestamptz default 'now', d date default 'today', who text default current_user);
insert into t values (1, '2026-01-01', '2026-01-01', 'x');
create view recent as select id from t where made > 'yesterday'::date;
-- change
alter table t alter column made drop default, alter column d set default '2020-01-01', alter column who set default 'me';
drop view recent;
create view recent as select id, d from t;
