-- One partition had it before.
-- expect: restored
-- caveat: constraint name
-- setup
create table t (id int, d int, v text, w int not null) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 (id int, d int, v text not null, w int not null);
alter table t attach partition t2 for values in (2);
insert into t values (1, 1, 'a', 1), (2, 2, 'b', 2);
-- change
alter table t alter v set not null;
alter table t alter w drop not null;
