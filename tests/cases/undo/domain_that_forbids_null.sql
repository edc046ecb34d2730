-- expect: restored
-- setup
create domain there as text not null;
create domain more as there check (value <> '');
create table t (id int primary key, d there, e more, n int);
create table empty (id int primary key);
insert into t select i, 'd' || i, 'e', i from generate_series(1, 10) i;
-- change
update t set d = 'x' where id < 4;
insert into t values (20, 'y', 'y', 1);
delete from t where id = 9;
alter table empty add column d there;
alter table t drop column n;
insert into empty values (1, 'x');
