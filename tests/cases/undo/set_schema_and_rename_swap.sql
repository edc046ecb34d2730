-- expect: restored
-- setup
create schema a; create schema b;
create table a.t (id int constraint a_key primary key, v text);
create table b.t (id int constraint b_key primary key, v text);
insert into a.t values (1, 'a'); insert into b.t values (1, 'b');
-- change
alter table a.t rename to t_old;
alter table b.t set schema a;
alter table a.t_old set schema b;
alter table b.t_old rename to t;
