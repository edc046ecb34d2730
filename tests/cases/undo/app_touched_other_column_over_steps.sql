-- expect: restored
-- setup
create table t (id int primary key, v text, w text, x int);
insert into t select i, 'v', 'w', i from generate_series(1, 5) i;
-- change
update t set v = 'one';
alter table t add column y text;
-- change
update t set v = 'two', y = 'y' where id < 4;
delete from t where id = 5;
insert into t values (5, 'again', 'w', 5);
-- change
alter table t rename column v to vv;
alter table t rename to u;
update u set vv = 'three';
-- application
do $$ begin if to_regclass('u') is null then update t set x = 99 where id in (1, 4); else update u set x = 99 where id in (1, 4); end if; end $$;
