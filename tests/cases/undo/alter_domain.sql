-- expect: restored
-- setup
create domain d as int constraint low check (value > -5) constraint high check (value < 100);
comment on constraint low on domain d is 'low';
create table t (id int primary key, v d);
insert into t values (1, 1);
-- change
alter domain d add check (value > 0);
alter domain d drop constraint low;
alter domain d rename constraint high to top;
comment on constraint top on domain d is 'top';
