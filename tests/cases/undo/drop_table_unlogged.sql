-- expect: restored
-- setup
create unlogged table t (id serial primary key, v text);
-- change
drop table t;
