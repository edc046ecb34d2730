-- expect: restored
-- setup
create table t (id int primary key, v int);
create table u (id int primary key, v int);
insert into t values (1, 1), (2, 2); insert into u values (1, 1);
-- change
insert into t values (3, 3);
update t set v = 1;
-- change
alter table t add column parent int default 1 references t (id);
alter table u add column t int references t (id) on delete cascade;
update u set t = 3;
