-- expect: restored
-- majors: 15
-- setup
create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table t (k text collate loose primary key, v text);
insert into t values ('Anna', 'x'), ('bert', 'y');
-- change
update t set k = 'ANNA' where k = 'anna';
update t set v = 'z' where k = 'BERT';
