-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, a int constraint a_there not null no inherit, b int constraint b_there not null);
create table u (id int primary key, n int constraint there not null no inherit);
alter table u add constraint named check (n > 0) no inherit;
-- change
alter table t alter constraint a_there inherit;
alter table t alter constraint b_there no inherit;
drop table u;
