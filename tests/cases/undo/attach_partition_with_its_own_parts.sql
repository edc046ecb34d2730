-- The partition has an index and a key that the root's are joined to, and a foreign key that reads like the root's.
-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int not null, d int not null, o int references other, primary key (id, d)) partition by range (d);
create index t_o on t (o);
create table t1 (id int not null, d int not null, o int constraint mine references other,
  constraint t1_key primary key (id, d));
create index mine_too on t1 (o);
comment on index mine_too is 'before';
insert into other values (1);
insert into t1 values (1, 5, 1);
-- change
alter table t attach partition t1 for values from (0) to (10);
