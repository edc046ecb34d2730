-- expect: restored
-- setup
create table t (v text);
insert into t values ('a'), ('b');
-- change
update t set v = 'plan' where v = 'a';
insert into t values ('c');
-- application
alter table t add column mine int default 3, add column other text;
