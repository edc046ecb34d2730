-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood);
insert into t values (1, 'sad'), (2, 'glad');
-- change
alter table t alter m type text;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
