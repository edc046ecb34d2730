-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int not null, d int not null, o int references other, primary key (id, d)) partition by list (d);
create index t_o on t (o);
create function f() returns trigger language plpgsql as 'begin return new; end';
create trigger g before insert on t for each row execute function f();
create table r (id int, d int, foreign key (id, d) references t);
-- change
create table t1 partition of t for values in (1);
create table t2 partition of t (constraint more check (id > 0)) for values in (2);
create table t_rest partition of t default;
-- application
insert into other values (1);
