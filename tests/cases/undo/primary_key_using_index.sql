-- expect: restored
-- setup
create table t (id int, v text);
create unique index t_id on t (id) with (fillfactor = 70);
comment on index t_id is 'id';
-- change
alter table t add constraint t_pk primary key using index t_id;
