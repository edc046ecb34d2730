-- Rows of a foreign table are in another database, and no counter of this one tells of a write. Its lock does.
-- expect: refused: foreign table public.f
-- majors: 15
-- superuser
create extension postgres_fdw;
do $$ begin
  execute format('create server loopback foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L)',
    trim(split_part(current_setting('unix_socket_directories'), ',', 1), ' "'), current_setting('port'), current_database());
end $$;
create user mapping for app_owner server loopback options (user 'app_owner', password_required 'false');
grant usage on foreign server loopback to app_owner;
-- setup
create table far (id int primary key, v text);
insert into far values (1, 'a');
create foreign table f (id int, v text) server loopback options (table_name 'far');
create function hidden() returns void language sql as $$ insert into f values (2, 'b') $$;
-- change
select hidden();
