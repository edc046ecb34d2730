-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t drop column id;
