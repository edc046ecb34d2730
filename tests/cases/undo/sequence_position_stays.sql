-- expect: restored
-- setup
create table t (id serial primary key, v text);
insert into t (v) values ('a'), ('b');
create sequence free;
-- change
insert into t (v) values ('c'), ('d');
select nextval('free'), setval('free', 40);
-- application
insert into t (id, v) values (100, 'app');
-- survives
select last_value >= 4 from t_id_seq;
select last_value >= 40 from free;
