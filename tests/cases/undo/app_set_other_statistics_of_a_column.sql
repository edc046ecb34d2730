-- expect: conflict
-- conflict: altered settings "v" of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t alter v set statistics 100;
-- application
alter table t alter v set statistics 200;
