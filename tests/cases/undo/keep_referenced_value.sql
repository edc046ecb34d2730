-- A unique value that the step gave, and that a row of the application uses: its row stays as the step left it.
-- expect: settled
-- on conflict: keep
-- conflict: referenced "public"."p" id = 1 -> kept
-- setup
create table p (id int primary key, code text unique, v text);
create table c (id int primary key, code text references p (code) on update cascade);
insert into p values (1, 'a', 'v'), (2, 'b', 'v');
-- change
update p set code = code || code, v = 'plan';
-- application
insert into c values (1, 'aa');
-- expected
update p set code = 'aa', v = 'plan' where id = 1;
insert into c values (1, 'aa');
