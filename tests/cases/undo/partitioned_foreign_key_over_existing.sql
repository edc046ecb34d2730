-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
alter table t1 add constraint mine foreign key (id) references other;
insert into other values (1);
insert into t values (1, 1);
-- change
alter table t add constraint ours foreign key (id) references other;
