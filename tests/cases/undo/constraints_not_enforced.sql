-- expect: restored
-- majors: 18
-- setup
create table parent (id int primary key);
create table t (id int primary key, a int, p int references parent not enforced, q int references parent,
  constraint c check (a > 0) not enforced, constraint d check (a < 10));
insert into t values (1, -5, 7, null);
-- change
alter table t alter constraint t_q_fkey not enforced;
alter table t drop constraint c, drop constraint d, drop constraint t_p_fkey;
alter table t add constraint d check (a < 10) not enforced;
