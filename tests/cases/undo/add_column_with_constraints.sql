-- expect: restored
-- setup
create table p (id int primary key);
insert into p values (1);
create table t (id int primary key);
insert into t values (1), (2);
-- change
alter table t add column p int default 1 references p on delete cascade, add column c int check (c > 0), add column u text unique, add constraint two check (id > 0 and (c is null or c < 100));
create index on t (p, id);
create index t_part on t (id) where c is not null;
