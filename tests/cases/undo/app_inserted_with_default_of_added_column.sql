-- expect: restored
-- caveat: commutes not
-- caveat: once
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 5) i;
-- change
alter table t add column w text not null default 'x';
alter table t add column made timestamptz not null default '2026-01-01';
-- application
insert into t (id, v) values (8, 'app');
-- survives
select id, v from t order by id;
