-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t disable trigger user;
update t set v = 'b';
