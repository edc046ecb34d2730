-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
do $$ begin execute 'drop table ' || 't'; end $$;
