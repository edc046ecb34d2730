-- expect: conflict
-- conflict: altered comment "v" of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
comment on column t.v is 'plan';
-- application
comment on column t.v is null; comment on column t.v is 'app';
