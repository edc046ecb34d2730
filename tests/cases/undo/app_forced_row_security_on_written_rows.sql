-- expect: stopped: row-level security
-- setup
create table t (id int primary key, c int);
insert into t values (1, 1);
-- change
update t set c = 2;
-- application
alter table t enable row level security;
alter table t force row level security;
