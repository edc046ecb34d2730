-- What the application hung on a row of the run is never taken along.
-- expect: conflict
-- on conflict: restore
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key, v text);
create table c (id int primary key, p int references p on delete cascade);
-- change
insert into p values (10, 'plan'), (11, 'plan');
-- application
update p set v = 'app' where id = 11;
insert into c values (1, 10);
