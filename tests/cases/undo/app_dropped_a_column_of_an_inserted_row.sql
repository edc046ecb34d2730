-- expect: stopped: column b of "public"."t" is not there any more
-- setup
create table t (id int primary key, a text, b text);
insert into t values (1, 'a', 'b');
-- change
insert into t values (2, 'x', 'y');
-- application
alter table t drop column b;
