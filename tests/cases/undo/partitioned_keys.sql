-- expect: restored
-- setup
create table t (id int not null, d int not null, v int not null, constraint t_v unique (v, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 (id int not null, d int not null, v int not null, constraint own primary key (id, d), constraint own_v unique (v, d));
alter table t attach partition t2 for values in (2);
comment on constraint own on t2 is 'own';
insert into t values (1, 1, 1), (2, 2, 2);
create table r (v int, d int, constraint to_t foreign key (v, d) references t (v, d));
insert into r values (1, 1);
-- change
alter table t add primary key (id, d);
-- change
alter table t drop constraint t_v cascade;
