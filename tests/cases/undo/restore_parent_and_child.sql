-- The child of the run goes too, although the application changed it.
-- expect: settled
-- on conflict: restore
-- conflict: changed "public"."c" id = 20 v -> restored
-- conflict: changed "public"."p" id = 10 v -> restored
-- conflict: changed "public"."c" id = 1 v -> restored
-- setup
create table p (id int primary key, v text);
create table c (id int primary key, p int references p on delete cascade, v text);
insert into p values (1, 'v');
insert into c values (1, 1, 'v');
-- change
insert into p values (10, 'plan');
insert into c values (20, 10, 'plan');
update c set p = 10, v = 'plan' where id = 1;
-- application
update c set v = 'app';
update p set v = 'app' where id = 10;
-- expected
select 1;
