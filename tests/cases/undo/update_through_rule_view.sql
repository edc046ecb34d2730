-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
create view w as select id, v from t;
create rule r as on insert to w do instead insert into t values (new.id, new.v || ' by rule');
-- change
insert into w values (2, 'b');
