-- expect: stopped: contradicts a definition that comes back
-- setup
create table t (id int primary key, c int);
insert into t values (1, 1);
-- change
alter table t alter c set not null;
-- application
alter table t drop constraint t_pkey;
alter table t add primary key (c);
