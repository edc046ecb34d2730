-- expect: restored
-- setup
create table t (id int, d int, v text default 'old', w int) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
alter table t2 alter v set default 'own', alter w set default 7;
alter table t1 alter v set statistics 50;
alter table only t alter v set storage external;
insert into t values (1, 1), (2, 2);
-- change
alter table t alter v set default 'new', alter w drop default;
alter table t alter v set statistics 500, alter v set storage plain;
alter table t1 alter w set default 5;
alter table t2 set (fillfactor = 50);
