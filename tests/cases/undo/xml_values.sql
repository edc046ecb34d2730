-- expect: restored
-- majors: 15
-- setup
create table t (id int primary key, x xml);
insert into t values (1, '<a b="1"/>'), (2, null), (3, '<a/><b/>');
-- change
update t set x = '<a b = "1"/>' where id = 1;
delete from t where id = 3;
alter table t add column y xml default '<y/>';
