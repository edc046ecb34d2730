-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
create rule r as on delete to t do instead update t set v = 'deleted' where id = old.id;
-- change
delete from t;
