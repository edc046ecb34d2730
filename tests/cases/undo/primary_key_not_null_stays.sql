-- expect: restored
-- setup
create table t (id int, name text not null);
insert into t values (1, 'a');
-- change
alter table t add constraint key primary key (id, name);
