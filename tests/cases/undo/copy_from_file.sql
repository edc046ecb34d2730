-- expect: restored
-- superuser
grant pg_read_server_files to app_owner;
copy (select i, 'copied' || i from generate_series(100, 120) i) to '/tmp/planrun_case_copy.txt';
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
copy t from '/tmp/planrun_case_copy.txt';
