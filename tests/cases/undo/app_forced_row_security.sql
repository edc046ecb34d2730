-- expect: conflict
-- conflict: altered row security of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t enable row level security;
-- application
alter table t force row level security;
