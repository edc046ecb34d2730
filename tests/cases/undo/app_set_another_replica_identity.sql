-- expect: conflict
-- conflict: altered replica identity of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t replica identity full;
-- application
alter table t replica identity nothing;
