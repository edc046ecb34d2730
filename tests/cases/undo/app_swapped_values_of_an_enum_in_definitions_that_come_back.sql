-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- conflict: renamed values of type "public"."My size"
-- setup
create type mood as enum ('sad', 'glad');
create type "My size" as enum ('s', 'm');
create table t (id int primary key, m mood default 'sad', s "My size");
create view v as select id from t where s = any ('{s}');
-- change
alter table t alter m drop default;
drop view v;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
alter type "My size" rename value 's' to 'x';
alter type "My size" rename value 'm' to 's';
alter type "My size" rename value 'x' to 'm';
