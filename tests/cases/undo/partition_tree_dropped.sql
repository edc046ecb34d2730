-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int not null, d int not null, o int constraint to_other references other, v text default 'x',
  primary key (id, d), constraint v_short check (length(v) < 100)) partition by list (d);
create index t_v on t (v);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
create table t1 partition of t for values in (1);
create table t2 partition of t default partition by range (id);
create table t2a partition of t2 for values from (0) to (10);
create table r (id int, d int, foreign key (id, d) references t);
alter table t1 disable trigger g;
alter table t2a alter v set default 'own';
alter index t1_v_idx rename to named;
comment on table t is 'all';
grant select on t to case_reader;
insert into other values (1);
insert into t values (1, 1, 1, 'a'), (2, 2, null, 'b');
insert into r values (1, 1);
-- change
drop table t cascade;
