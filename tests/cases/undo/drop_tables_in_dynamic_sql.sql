-- expect: restored
-- setup
create table a (id int primary key); create table b (id int primary key references a); insert into a values (1); insert into b values (1);
create function drop_all() returns void language plpgsql as $$ begin execute 'drop table a, b'; end $$;
-- change
select drop_all();
