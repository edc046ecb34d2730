-- expect: restored
-- setup
create table t (id int primary key, a int, b int);
create function f(x int default 1) returns int language sql as 'select 1';
create function atomic() returns bigint begin atomic select sum(a) as s from t; end;
create procedure p() language sql as 'select 1';
create view v as select id, a from t;
create view narrow as select id from t;
create view on_it as select id from narrow;
-- change
create or replace function f(x int default 2) returns int language sql stable as 'select 2';
create or replace function atomic() returns bigint begin atomic select sum(b) as s from t; end;
create or replace procedure p() language sql as 'select 2';
create or replace view v as select id, b as a from t;
create or replace view narrow as select id, b from t;
-- application
create or replace function f(x int default 1) returns int language sql as 'select 1';
create or replace function atomic() returns bigint begin atomic select sum(a) as s from t; end;
create or replace procedure p() language sql as 'select 1';
create or replace view v as select id, a from t;
drop view narrow cascade;
create view narrow as select id from t;
create view on_it as select id from narrow;
