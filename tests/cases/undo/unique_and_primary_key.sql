-- expect: restored
-- setup
create table t (id int, a int, b int);
insert into t values (1, 1, 2);
create table u (id int primary key, a int unique, b int, c int);
alter table u add constraint abc unique nulls not distinct (a, b) include (c) with (fillfactor = 70);
alter table u add constraint late unique (c) deferrable initially deferred;
-- change
alter table t add primary key (id);
alter table t add constraint t_ab unique (a, b);
alter table u drop constraint abc;
alter table u drop constraint late;
alter table u drop constraint u_a_key;
