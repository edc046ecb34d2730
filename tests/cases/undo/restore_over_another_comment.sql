-- expect: settled
-- on conflict: restore
-- conflict: altered comment of "public"."t" -> restored
-- setup
create table t (id int primary key, v text);
comment on table t is 'of old';
-- change
comment on table t is 'plan';
-- application
comment on table t is 'app';
-- expected
comment on table t is 'of old';
