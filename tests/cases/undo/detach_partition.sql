-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int not null, d int not null, o int constraint to_other references other, v text,
  primary key (id, d), constraint v_short check (length(v) < 100)) partition by list (d);
create index t_v on t (v);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
create table t1 partition of t for values in (1);
create table t2 partition of t for values in (2);
comment on table t1 is 'one';
insert into other values (1);
insert into t values (1, 1, 1, 'a'), (2, 2, 1, 'b');
-- change
alter table t detach partition t1;
-- application
insert into t1 values (3, 1, 1, 'c');
insert into t values (4, 2, 1, 'd');
-- caveat: commutes not
-- survives
select * from t1 order by id;
