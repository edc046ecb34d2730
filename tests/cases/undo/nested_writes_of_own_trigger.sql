-- expect: restored
-- setup
create table t (id int primary key, n int, note text);
insert into t select i, i from generate_series(1, 10) i;
create function again() returns trigger language plpgsql as $$ begin
  if pg_trigger_depth() < 4 then update t set note = coalesce(note, '') || new.n, n = new.n + 1 where id = new.id; end if; return null; end $$;
create trigger again after insert or update on t for each row execute function again();
-- change
update t set n = 100 where id < 4;
insert into t values (20, 5);
delete from t where id = 9;
