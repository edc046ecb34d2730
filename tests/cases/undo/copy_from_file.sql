-- expect: restored
-- superuser
grant pg_read_server_files to app_owner;
do $$ begin
  execute format('copy (select i, ''copied'' || i from generate_series(100, 120) i) to %L',
    current_setting('data_directory') || '/case_copy.txt');
end $$;
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
do $$ begin execute 'copy t from ''case_copy.txt'''; end $$;
