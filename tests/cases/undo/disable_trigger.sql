-- expect: restored
-- setup
create table t (id int primary key, v text);
create function f() returns trigger language plpgsql as 'begin new.v := new.v || 1; return new; end';
create trigger g before update on t for each row execute function f();
insert into t values (1, 'a');
-- change
alter table t disable trigger g;
update t set v = 'b';
alter table t enable trigger g;
