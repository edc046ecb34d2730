-- expect: restored
-- setup
create table t (id int primary key, v text);
create table u (id int primary key);
-- change
drop table t;
create table t (id bigint primary key, w text);
alter table u rename to u_old;
alter table t rename to u;
