-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text not null, w text);
insert into t select i, 'v' || i, 'w' || i from generate_series(1, 30) i;
-- change
update t set w = v;
-- change
insert into t values (100, 'x', 'y');
update t set v = v || v where id = 3;
-- change
alter table t drop column v;
-- change
delete from t where id < 5;
insert into t values (200, 'y');
