-- expect: restored
-- setup
create table p (id int primary key);
create table t (id serial primary key, a int, b text, p int references p);
insert into t (a, b) values (1, 'x');
create view v as select a, b from t;
create index on t (a);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
-- change
alter table t rename to t2;
alter table t2 rename column a to aa;
update t2 set aa = aa + 1;
alter table p rename to pp;
alter view v rename to w;
alter sequence t_id_seq rename to t2_ids;
alter trigger g on t2 rename to gg;
