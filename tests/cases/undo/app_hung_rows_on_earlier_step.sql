-- expect: conflict
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key, v text);
create table c1 (id int primary key, p int references p on delete cascade);
-- change
insert into p values (10, 'x');
-- change
insert into c1 values (1, 10);
-- application
insert into c1 values (2, 10);
