-- expect: settled
-- on conflict: restore
-- conflict: rows "public"."t" -> restored
-- setup
create table other (id int);
-- change
create table t (id int primary key, v text);
insert into t values (1, 'plan');
-- application
insert into t values (2, 'app');
-- expected
select 1;
