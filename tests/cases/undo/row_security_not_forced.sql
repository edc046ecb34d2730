-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
alter table t enable row level security;
create policy p on t using (id = 1);
-- change
update t set v = 'c';
alter table t add column w text default 'x';
