-- The other column of a row is in conflict; its reference goes back all the same, and so does what it referred to.
-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."c" id = 1 v -> kept
-- setup
create table p (id int primary key);
create table c (id int primary key, p int references p on delete cascade, v text);
insert into p values (1); insert into c values (1, 1, 'v');
-- change
insert into p values (10);
update c set p = 10, v = 'plan';
-- application
update c set v = 'app';
-- expected
update c set v = 'app';
