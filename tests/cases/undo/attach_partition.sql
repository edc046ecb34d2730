-- expect: restored
-- setup
create table t (id int primary key, d int) ;
drop table t;
create table t (id int not null, d int not null, v text, primary key (id, d), constraint d_positive check (d > 0))
  partition by list (d);
create index t_v on t (v);
create table p (id int, ref int);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
create table t1 (id int not null, d int not null, v text, constraint d_positive check (d > 0));
insert into t1 values (1, 1, 'a');
-- change
alter table t attach partition t1 for values in (1);
