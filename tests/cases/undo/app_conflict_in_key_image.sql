-- expect: conflict
-- conflict: changed "public"."t" k = 1.10 k
-- setup
create table t (k numeric primary key, v text);
insert into t values (1.10, 'x');
-- change
update t set k = 1.1;
-- application
update t set k = 1.100;
