-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."c" id = 1 p -> kept
-- conflict: referenced "public"."p" id = 11 -> kept
-- setup
create table p (id int primary key);
create table c (id int primary key, p int references p on delete cascade, v text);
insert into p values (1); insert into c values (1, 1, 'v');
-- change
insert into p values (10), (11);
update c set p = 10, v = 'plan';
-- application
update c set p = 11;
-- expected
insert into p values (11);
update c set p = 11;
