-- expect: restored
-- caveat: sequence position
-- setup
create table t (id int primary key, n serial);
insert into t values (1), (2);
-- change
alter table t drop column n;
