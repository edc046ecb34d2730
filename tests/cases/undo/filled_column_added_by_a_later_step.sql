-- expect: restored
-- setup
create table t (id int primary key, v text, w text);
insert into t values (1, 'a', 'x');
-- change
insert into t values (2, 'b', 'y');
-- change
alter table t drop column w, add column mine int;
update t set mine = 5, v = 'c';
-- change
update t set mine = 6 where id = 2;
