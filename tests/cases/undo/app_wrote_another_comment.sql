-- expect: conflict
-- conflict: altered comment of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
comment on table t is 'plan';
-- application
comment on table t is 'app';
