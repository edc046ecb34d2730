-- expect: restored
-- setup
create table hidden (id int primary key, v int);
insert into hidden values (1, 0);
create sequence s;
create function hide() returns void language plpgsql as $$ begin execute 'update hidden set v = nextval(''s'')'; end $$;
-- change
select hide();
