-- expect: settled
-- on conflict: keep
-- conflict: referenced "public"."p" id = 10 -> kept
-- setup
create table p (id int primary key, v text);
create table c (id int primary key, p int references p on delete cascade);
create table d (id int primary key, p int references p on delete set null);
insert into p values (1, 'v');
-- change
insert into p values (10, 'plan'), (11, 'plan');
insert into c values (100, 10), (101, 11);
insert into d values (100, 10);
update p set v = 'plan' where id = 1;
-- application
insert into c values (1, 10);
-- expected
insert into p values (10, 'plan');
insert into c values (1, 10);
