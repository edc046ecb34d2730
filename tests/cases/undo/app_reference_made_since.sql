-- expect: conflict
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key, v text);
-- change
insert into p values (10, 'x');
-- application
create table fresh (id int primary key, p int references p on delete cascade);
insert into fresh values (1, 10);
