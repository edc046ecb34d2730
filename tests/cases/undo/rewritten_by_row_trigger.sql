-- expect: restored
-- What the trigger writes is stored before the statement's own rows are, though it comes later.
-- setup
create table t (id int primary key, v int not null, w text);
insert into t select i, i, 'w' from generate_series(1, 20) i;
create function again() returns trigger language plpgsql as $$
begin
    if pg_trigger_depth() < 3 then
        update t set v = v + 100 where id = new.id;
        update t set w = w || '+' where id = new.id + 1;
    end if;
    return null;
end $$;
create trigger again after update on t for each row execute function again();
-- change
update t set v = v + 1 where id <= 5;
update t set w = 'later' where id between 4 and 8;
delete from t where id = 9;
insert into t values (9, 0, 'new');
update t set v = 7 where id = 9;
delete from t where id = 10;
insert into t values (10, 10, 'w');
-- application
update t set w = 'app' where id = 15;
