-- expect: restored
-- setup
create table t (id int primary key);
comment on index t_pkey is 'was';
-- change
do $$ begin execute 'comment on index t_pkey is null'; end $$;
