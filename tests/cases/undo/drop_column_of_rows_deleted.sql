-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, v text not null, w text);
insert into t select i, 'v' || i, 'w' || i from generate_series(1, 30) i;
-- change
delete from t where id <= 10;
alter table t drop column v;
