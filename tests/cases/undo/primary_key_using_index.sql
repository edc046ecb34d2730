-- expect: refused
-- setup
create table t (id int not null, v text);
create unique index t_id on t (id);
-- change
alter table t add constraint t_pk primary key using index t_id;
