-- expect: settled
-- on conflict: keep
-- conflict: referenced "public"."p" id = 10 -> kept
-- setup
create table p (id int primary key, v text);
create table d (id int primary key, p int references p on delete set null);
insert into d values (1, null);
-- change
insert into p values (10, 'plan'), (11, 'plan');
-- application
update d set p = 10 where id = 1;
-- expected
insert into p values (10, 'plan');
update d set p = 10 where id = 1;
