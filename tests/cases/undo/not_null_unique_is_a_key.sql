-- expect: restored
-- setup
create table t (code text not null unique, v text);
insert into t values ('a', 'x'), ('b', 'y');
-- change
update t set v = 'z' where code = 'a';
delete from t where code = 'b';
