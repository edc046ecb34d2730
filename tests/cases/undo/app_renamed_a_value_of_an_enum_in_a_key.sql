-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- setup
create type mood as enum ('sad', 'glad');
create table t (m mood primary key, n int);
insert into t values ('sad', 1);
-- change
insert into t values ('glad', 2);
-- application
alter type mood rename value 'glad' to 'merry';
alter type mood add value 'glad';
