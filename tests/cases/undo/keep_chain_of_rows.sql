-- A changed row of the last of three levels keeps those that it needs, and no others.
-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."c" id = 30 v -> kept
-- conflict: referenced "public"."b" id = 20 -> kept
-- conflict: referenced "public"."a" id = 10 -> kept
-- setup
create table a (id int primary key, v text);
create table b (id int primary key, a int references a on delete cascade);
create table c (id int primary key, b int references b on delete cascade, v text);
-- change
insert into a values (10, 'plan'), (11, 'plan');
insert into b values (20, 10), (21, 10), (22, 11);
insert into c values (30, 20, 'plan'), (31, 20, 'plan'), (32, 22, 'plan');
-- application
update c set v = 'app' where id = 30;
-- expected
insert into a values (10, 'plan');
insert into b values (20, 10);
insert into c values (30, 20, 'app');
