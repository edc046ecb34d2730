-- expect: refused
-- setup
create table t (id int primary key);
-- change
do $$ begin execute format('comment on database %I is ''x''', current_database()); end $$;
