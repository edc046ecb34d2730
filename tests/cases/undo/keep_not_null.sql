-- expect: conflict
-- on conflict: keep
-- conflict: not null "public"."t" id = 3 v
-- setup
create table t (id int primary key, v text not null);
insert into t values (1, 'v');
-- change
alter table t drop v;
-- application
insert into t values (3);
