-- expect: conflict
-- conflict: changed "public"."t" id = 1 j
-- setup
create table t (id int primary key, j json, p point);
insert into t values (1, '{"a":1}', '(0,0)'), (2, '[1]', '(1,1)');
-- change
update t set j = '{"a": 1}';
-- application
update t set j = '{"a":  1}' where id = 1;
update t set p = '(5,5)' where id = 2;
