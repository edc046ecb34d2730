-- expect: restored
-- superuser
create table seen (id serial, tag text); grant all on seen, seen_id_seq to app_owner;
create function see() returns event_trigger language plpgsql security definer as $$ begin perform 1; end $$;
create event trigger see on ddl_command_end execute function see();
-- setup
create table t (id int primary key, v text); insert into t values (1, 'a');
-- change
update t set v = 'b'; alter table t add column w int;
