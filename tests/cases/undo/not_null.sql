-- expect: restored
-- setup
create table t (id int primary key, a int, b text not null, c int not null);
insert into t values (1, 1, 'x', 1);
-- change
alter table t alter column a set not null;
alter table t alter column b drop not null;
alter table t alter column c drop not null, alter column c set not null;
