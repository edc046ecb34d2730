-- expect: refused: check d_check of its domain, as it is now
-- setup
create table allowed (v int);
insert into allowed values (1), (2), (3);
create function ok(int) returns boolean language plpgsql as $$ begin return exists (select from public.allowed a where a.v = $1); end $$;
create domain d as int check (ok(value));
create table c (id int primary key, v d);
insert into c values (1, 1), (2, 2);
-- change
update c set v = 3 where id = 1;
delete from c where id = 2;
delete from allowed where v in (1, 2);
