-- expect: restored
-- setup
create table t (id int primary key, w text, v text not null default 'none');
insert into t select i, 'w' || i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t drop column v;
-- application
insert into t (id, w) values (8, 'app');
update t set w = 'app' where id = 2;
delete from t where id = 3;
-- survives
select id, w from t where id in (2, 3, 8) order by id;
