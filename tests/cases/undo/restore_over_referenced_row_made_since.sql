-- expect: conflict
-- on conflict: restore
-- conflict: referenced "public"."p" id = 2
-- setup
create table p (id int primary key, code text unique);
create table c (id int primary key, code text references p (code) on update cascade);
insert into p values (1, 'a'), (2, 'b');
-- change
delete from p;
-- application
insert into p values (1, 'a'), (2, 'app');
insert into c values (1, 'a'), (2, 'app');
