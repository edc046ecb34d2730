-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
-- change
create temp table work as select id, v || '!' as v from t;
create index on work (id);
update t set v = w.v from work w where w.id = t.id;
drop table work;
