-- expect: conflict
-- conflict: renamed values of type "public"."size"
-- conflict: missing "public"."u" (l,3)
-- setup
create type size as enum ('s', 'm', 'l');
create table u (s size, n int);
insert into u values ('s', 1);
-- change
insert into u values ('m', 2), ('s', 2), ('l', 3);
-- application
alter type size rename value 's' to 'xs';
alter type size rename value 'm' to 's';
alter type size rename value 'xs' to 'm';
alter type size rename value 'l' to 'xl';
