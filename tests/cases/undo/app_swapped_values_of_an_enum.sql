-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood);
insert into t values (1, 'sad');
-- change
update t set m = 'glad';
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
