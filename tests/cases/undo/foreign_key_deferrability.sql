-- expect: restored
-- setup
create table p (id int primary key);
create table t (id int primary key, p int references p);
-- change
alter table t alter constraint t_p_fkey deferrable initially deferred;
