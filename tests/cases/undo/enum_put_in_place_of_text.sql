-- expect: restored
-- setup
create table t (id int primary key, status text not null default 'open', other text);
create index on t (status);
insert into t values (1, 'open', 'a'), (2, 'closed', 'b');
create view v as select id, other from t;
-- change
create type status as enum ('open', 'closed');
alter table t alter column status drop default;
alter table t alter column status type status using status::status;
alter table t alter column status set default 'open';
-- application
insert into t values (3, 'closed', 'c');
