-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t rename to t_old;
create table t (id int primary key, v text not null);
insert into t select * from t_old;
