-- expect: refused: partition
-- setup
create table kept (id int primary key);
-- change
create table t (id int, d date) partition by range (d);
create table t_2026 partition of t for values from ('2026-01-01') to ('2027-01-01');
