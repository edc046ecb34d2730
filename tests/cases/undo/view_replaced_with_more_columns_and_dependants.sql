-- expect: restored
-- setup
create table t (id int primary key, a int, b text);
create view v1 as select id, a from t;
create view v2 as select * from v1;
create view v3 as select v2.id, v1.a from v2 join v1 using (id);
comment on view v2 is 'two';
grant select on v3 to case_reader;
grant select (a) on v3 to case_writer;
-- change
create or replace view v1 as select id, a, b from t;
create view v4 as select * from v3;
