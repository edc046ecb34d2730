-- expect: conflict
-- on conflict: keep
-- conflict: rows "public"."t"
-- setup
create table other (id int);
-- change
create table t (id int primary key, v text);
insert into t values (1, 'plan');
-- application
insert into t values (2, 'app');
