-- expect: settled
-- on conflict: keep
-- on conflict: restore on c
-- conflict: changed "public"."c" id = 20 v -> restored
-- conflict: changed "public"."p" id = 11 v -> kept
-- setup
create table p (id int primary key, v text);
create table c (id int primary key, p int references p on delete cascade, v text);
-- change
insert into p values (10, 'plan'), (11, 'plan');
insert into c values (20, 10, 'plan'), (21, 11, 'plan');
-- application
update c set v = 'app' where id = 20;
update p set v = 'app' where id = 11;
-- expected
insert into p values (11, 'app');
