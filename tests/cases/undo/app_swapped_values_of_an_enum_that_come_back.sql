-- expect: conflict
-- conflict: renamed values of type "public"."mood"
-- conflict: renamed values of type "public"."size"
-- setup
create type mood as enum ('sad', 'glad');
create type size as enum ('s', 'm');
create table t (id int primary key, m mood);
create table u (id int primary key, s size);
insert into t values (1, 'sad'), (2, 'glad');
insert into u values (1, 's'), (2, 'm');
-- change
alter table t drop column m;
drop table u;
-- application
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
alter type size rename value 's' to 'x';
alter type size rename value 'm' to 's';
alter type size rename value 'x' to 'm';
