-- expect: restored
-- setup
create table t (id int primary key, n int generated always as identity, v text);
insert into t (id, v) values (1, 'a'), (2, 'b'), (3, 'c');
-- change
delete from t where id = 2;
insert into t (id, v) values (2, 'again');
