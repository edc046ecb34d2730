-- What is kept needs a row that is not: nothing is changed.
-- expect: conflict
-- on conflict: restore
-- on conflict: keep on c
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key);
create table c (id int primary key, p int references p on delete cascade, v text);
-- change
insert into p values (10), (11);
insert into c values (20, 10, 'plan'), (21, 11, 'plan');
-- application
update c set v = 'app' where id = 20;
