-- expect: restored
-- caveat: content
-- setup
create table t (id int primary key, a int);
insert into t values (1, 10), (2, 20);
create view v as select id from t;
create materialized view mv with (fillfactor = 70) as select id as no from v;
create unique index mv_no on mv (no);
alter materialized view mv cluster on mv_no;
comment on materialized view mv is 'mv';
comment on column mv.no is 'no';
grant select on mv to case_reader;
create materialized view mv2 as select no + 1 as no from mv;
create view over as select no from mv2;
-- change
create or replace view v as select id, a from t;
