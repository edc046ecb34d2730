-- expect: restored
-- setup
create table t (v text);
insert into t values ('a');
-- change
update t set v = 'b';
