-- expect: restored
-- setup
create function f() returns trigger language plpgsql as 'begin return new; end';
create table t (id int primary key, p int references t);
create trigger a before insert on t for each row execute function f();
create trigger b before insert on t for each row execute function f();
create constraint trigger c after insert on t deferrable initially deferred for each row execute function f();
alter table t enable replica trigger b;
create rule r as on update to t do also nothing;
-- change
alter table t enable always trigger a, disable trigger b, disable trigger c, disable rule r;
alter trigger c on t rename to d;
alter rule r on t rename to s;
