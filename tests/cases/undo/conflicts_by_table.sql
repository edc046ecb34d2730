-- expect: settled
-- on conflict: keep on a
-- on conflict: restore on public.b
-- conflict: changed "public"."a" id = 1 v -> kept
-- conflict: changed "public"."b" id = 1 v -> restored
-- setup
create table a (id int primary key, v text);
create table b (id int primary key, v text);
insert into a values (1, 'v'); insert into b values (1, 'v');
-- change
update a set v = 'plan';
update b set v = 'plan';
-- application
update a set v = 'app';
update b set v = 'app';
-- expected
update a set v = 'app';
