-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
-- change
alter table t add column w text;
alter table t add n int, add column d date;
