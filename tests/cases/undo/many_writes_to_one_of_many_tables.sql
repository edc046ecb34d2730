-- expect: restored
-- setup
create table a (id int primary key, n int); create table b (id int primary key, n int);
insert into a select i, i from generate_series(1, 50) i; insert into b select i, i from generate_series(1, 50) i;
create function spread() returns trigger language plpgsql as $$ begin
  insert into b values (new.id + 100, new.n) on conflict (id) do update set n = b.n + excluded.n;
  if new.n % 2 = 0 and pg_trigger_depth() = 1 then update a set n = new.n + 1 where id = new.id; end if; return null; end $$;
create trigger spread after insert or update on a for each row execute function spread();
-- change
update a set n = n + 1;
do $$ begin for i in 1..10 loop begin insert into a values (i + 60, i); end; update a set n = n * 2 where id = i + 60; end loop; end $$;
-- change
delete from a where id > 45; update b set n = -n;
