-- expect: restored
-- setup
create table p (id int primary key);
create table t (id int primary key, a int unique, b int check (b > 0), p int references p);
comment on constraint t_a_key on t is 'unique a';
-- change
alter table t rename constraint t_a_key to u;
alter table t rename constraint t_b_check to c;
alter table t rename constraint t_p_fkey to f;
alter index t_pkey rename to t_primary;
