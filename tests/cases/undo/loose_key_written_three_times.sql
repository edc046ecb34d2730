-- expect: restored
-- majors: 15
-- Each of the keys is another text, and all of them are one key.
-- setup
create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table t (k text collate loose primary key, v text);
insert into t values ('A', 'one'), ('B', 'two'), ('C', 'three');
-- change
update t set k = 'a', v = 'first' where k = 'A';
update t set v = 'second' where k = 'A';
delete from t where k = 'b';
insert into t values ('b', 'two');
-- application
insert into t values ('D', 'app');
