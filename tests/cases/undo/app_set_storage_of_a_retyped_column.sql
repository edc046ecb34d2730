-- expect: conflict
-- conflict: altered type "v" of "public"."t"
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t alter v type varchar(99);
-- application
alter table t alter v set storage external;
alter table t alter v set compression pglz;
