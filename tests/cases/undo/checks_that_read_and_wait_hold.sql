-- expect: restored
-- setup
create table allowed (v int primary key);
insert into allowed values (1), (2), (3);
create function ok(int) returns boolean language plpgsql as $$ begin
  if not exists (select from public.allowed a where a.v = $1) then raise exception 'not allowed'; end if; return true; end $$;
create domain d as int check (ok(value));
create table c (id int primary key, v int check (ok(v)), w d, made timestamptz check (made <= now()), g int generated always as (v + 1) stored check (ok(g - 1)));
insert into c values (1, 1, 1, '2020-01-01'), (2, 2, 2, '2020-01-01'), (3, 3, 3, '2020-01-01');
-- change
update c set v = 3, w = 3, made = now() where id = 1;
delete from c where id = 2;
