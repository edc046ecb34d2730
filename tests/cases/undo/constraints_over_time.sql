-- expect: restored
-- majors: 18
-- setup
create table t (id int4range, during daterange, constraint t_key primary key (id, during without overlaps) with (fillfactor = 70));
create table u (id int4range, during daterange, constraint u_key unique (id, during without overlaps),
  constraint held foreign key (id, period during) references t (id, period during));
comment on index t_key is 'over time';
-- change
alter table u drop constraint u_key, drop constraint held;
alter table t drop constraint t_key;
