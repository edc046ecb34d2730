-- expect: restored
-- majors: 18
-- setup
create table t (id int primary key, a int);
insert into t values (1, null);
alter table t add constraint a_there not null a not valid;
-- change
update t set a = 5 where a is null;
alter table t validate constraint a_there;
