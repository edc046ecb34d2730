-- expect: restored
-- setup
create table t (id int primary key, a int, b int, constraint x check (a > 0), constraint y check (b > 0));
create table t_new (id int primary key, v text);
create index i on t (a);
create index j on t (b);
insert into t values (1, 1, 2); insert into t_new values (1, 'new');
-- change
alter table t rename column a to old_a;
alter table t rename column b to a;
alter table t rename constraint x to old_x;
alter table t rename constraint y to x;
alter index i rename to old_i;
alter index j rename to i;
alter table t rename to t_old;
alter table t_new rename to t;
alter table t_old drop column a;
update t set v = 'x';
-- caveat: once
