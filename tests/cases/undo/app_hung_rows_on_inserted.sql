-- expect: conflict
-- conflict: referenced "public"."p" id = 10
-- conflict: referenced "public"."p" id = 11
-- conflict: referenced "public"."p" id = 12
-- setup
create table p (id int primary key, v text);
create table c1 (id int primary key, p int references p on delete cascade);
create table c2 (id int primary key, p int references p);
create table c3 (id int primary key, p int references p on delete set null);
-- change
insert into p values (10, 'x'), (11, 'x'), (12, 'x'), (13, 'x');
insert into c1 values (1, 13);
-- application
insert into c1 values (5, 10); insert into c2 values (5, 11); insert into c3 values (5, 12);
