-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, a int not null, b text not null);
insert into t select i, i * 2, 'b' || i from generate_series(1, 30) i;
alter table t cluster on t_pkey;
create unique index t_a on t (a);
alter table t replica identity using index t_a;
-- change
alter table t drop column a;
