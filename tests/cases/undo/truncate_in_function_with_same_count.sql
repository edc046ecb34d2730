-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
create function f() returns void language plpgsql as $$ begin truncate t; insert into t values (1, 'x'), (3, 'y'); end $$;
-- change
select f();
