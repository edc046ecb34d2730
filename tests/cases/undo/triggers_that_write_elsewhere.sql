-- expect: restored
-- setup
create table t (id int primary key, v text);
create table audit (id serial primary key, what text, at timestamptz default now());
create table counter (name text primary key, n int);
insert into counter values ('t', 0); insert into t values (1, 'a'), (2, 'b');
create function log() returns trigger language plpgsql as $$ begin
  insert into audit (what) values (tg_op || old.id); update counter set n = n + 1; return null; end $$;
create trigger log after update or delete on t for each row execute function log();
create function stamp() returns trigger language plpgsql as $$ begin new.v := new.v || '*'; return new; end $$;
create trigger stamp before update on t for each row execute function stamp();
alter table t enable always trigger stamp;
create function never() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;
create trigger never after update on t for each statement execute function never();
alter table t disable trigger never;
create trigger rep after update on t for each statement execute function never();
alter table t enable replica trigger rep;
-- change
update t set v = 'z';
delete from t where id = 2;
