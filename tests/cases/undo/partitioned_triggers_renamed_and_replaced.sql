-- expect: restored
-- setup
create table t (id int, d int) partition by list (d);
create table t1 partition of t for values in (1);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger a before insert on t for each row execute function f();
create trigger b before insert on t for each row execute function f();
create trigger s after insert on t for each statement execute function f();
alter table t1 disable trigger b;
insert into t values (1, 1);
-- change
alter trigger a on t rename to c;
alter table t disable trigger b;
alter table t1 enable replica trigger c;
drop trigger s on t;
create trigger own before update on t1 for each row execute function f();
