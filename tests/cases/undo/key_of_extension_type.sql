-- expect: restored
-- majors: 15
-- superuser
create extension citext;
-- setup
create table t (k citext primary key, v citext, w text);
create table c (id int primary key, k citext references t on delete cascade);
insert into t values ('Anna', 'x', 'x'), ('bert', 'y', 'y'), ('Carl', 'z', 'z');
insert into c values (1, 'ANNA'), (2, 'Bert');
-- change
update t set k = 'ANNA' where k = 'anna';
update t set v = 'Y', w = 'Y' where k = 'BERT';
update t set v = 'W' where k = 'BERT';
delete from t where k = 'carl';
insert into t values ('Dora');
alter table t add column note citext default 'Note';
