-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."a" id = 10 v -> kept
-- conflict: referenced "public"."a" id = 10 -> kept
-- conflict: referenced "public"."b" id = 20 -> kept
-- setup
create table a (id int primary key, b int, v text);
create table b (id int primary key, a int references a on delete cascade);
alter table a add foreign key (b) references b on delete cascade deferrable;
-- change
insert into a values (10, null, 'plan'), (11, null, 'plan');
insert into b values (20, 10), (21, 11);
update a set b = id + 10;
-- application
update a set v = 'app' where id = 10;
-- expected
insert into a values (10, null, 'app');
insert into b values (20, 10);
update a set b = 20;
