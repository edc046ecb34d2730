-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text, w text);
insert into t select i, 'v' || i, 'w' || i from generate_series(1, 30) i;
-- change
update t set w = v || w where id > 3;
update t set v = null where id > 10;
delete from t where id = 5;
insert into t values (100, 'new', 'new');
alter table t drop column v;
