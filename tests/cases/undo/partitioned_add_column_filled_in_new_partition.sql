-- expect: stopped: a table was made since that holds values of the added column v: public.t2
-- setup
create table t (id int, d int, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
-- change
alter table t add column v text;
-- application
create table t2 partition of t for values in (2);
insert into t values (1, 2, 'mine');
