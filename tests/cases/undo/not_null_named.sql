-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, a int, b text constraint b_there not null, c int not null, d int);
insert into t values (1, 1, 'x', 1, 1);
comment on constraint b_there on t is 'there';
-- change
alter table t add constraint a_there not null a;
alter table t rename constraint b_there to b_is_there;
alter table t drop constraint t_c_not_null;
alter table t add constraint d_there not null d not valid;
alter table t validate constraint d_there;
alter table t alter column b drop not null;
