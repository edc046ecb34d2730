-- expect: conflict
-- conflict: changed "public"."t" id = 100 w
-- setup
create table t (id int primary key, v text, w text);
-- change
insert into t values (100, 'new'), (101, 'new');
-- application
update t set w = 'app' where id = 100;
