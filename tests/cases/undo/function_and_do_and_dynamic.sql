-- expect: restored
-- setup
create table a (id int primary key, v text); create table b (id int primary key, v text); create table c (id int primary key, v text);
insert into a values (1, 'a'); insert into b values (1, 'b'); insert into c values (1, 'c');
create function f() returns int language plpgsql as $$ begin update a set v = 'fa'; return 1; end $$;
create procedure p() language plpgsql as $$ begin delete from b; end $$;
create view v as select * from c where id > 0;
-- change
select f();
call p();
do $$ begin execute format('update %I set v = %L', 'c', 'dyn'); end $$;
update v set v = 'through view';
insert into v values (9, 'view');
