-- expect: stopped
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
update t set v = 'b';
-- application
alter table t rename column v to w;
