-- expect: restored
-- setup
create table t (id int, d int, v text) partition by list (d);
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
create function f() returns trigger language plpgsql as 'begin return new; end';
create function f2() returns trigger language plpgsql as 'begin return new; end';
create trigger gone after insert on t for each row execute function f();
create trigger changed before update on t for each row execute function f();
create trigger stays before insert on t for each row execute function f();
alter table t1 disable trigger gone;
alter table t2 enable always trigger changed;
alter table t disable trigger stays;
alter table t2 enable trigger stays;
comment on trigger gone on t is 'gone';
-- change
create trigger fresh before insert on t for each row execute function f();
drop trigger gone on t;
create or replace trigger changed before update on t for each row execute function f2();
alter table t enable trigger stays;
