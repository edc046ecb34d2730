-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int not null, d int not null, o int constraint to_other references other, v text default 'x',
  primary key (id, d), constraint v_short check (length(v) < 100)) partition by list (d);
create index t_v on t (v);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
create table t1 partition of t for values in (1);
alter table t1 disable trigger g;
alter table t1 alter v set default 'own';
create index t1_own on t1 (o);
comment on table t1 is 'one';
insert into other values (1);
insert into t values (1, 1, 1, 'a');
-- change
drop table t1;
