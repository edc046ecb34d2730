-- expect: conflict: NOT NULL
-- setup
create table t (id int primary key, v text not null);
insert into t values (1, 'a');
-- change
alter table t alter column v drop not null;
-- application
insert into t values (2, null);
