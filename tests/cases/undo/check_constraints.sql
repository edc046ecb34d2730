-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
insert into t values (1, 1, 2);
alter table t add constraint old check (a < b);
alter table t add constraint later check (a > 0) not valid;
comment on constraint old on t is 'old one';
-- change
alter table t add constraint fresh check (b > 0);
alter table t add constraint fresh2 check (b > 0) not valid;
alter table t add check (a is not null) no inherit;
alter table t drop constraint old;
alter table t validate constraint later;
