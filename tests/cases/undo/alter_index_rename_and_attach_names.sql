-- expect: restored
-- setup
create table t (id int primary key, a int);
create index i on t (a);
comment on index i is 'i';
-- change
alter index i rename to j;
alter index t_pkey rename to key;
comment on index j is null;
create index i on t (id);
