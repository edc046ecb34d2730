-- expect: restored
-- setup
create unlogged table t (id int primary key, v text);
-- change
insert into t values (1, 'a');
