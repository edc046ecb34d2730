-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b'), (3, 'c');
-- change
update t set v = 'plan' where id = 1;
insert into t values (4, 'd'), (5, 'e');
delete from t where id = 2;
-- application
alter table t add column a int, add column b int[] not null default '{1,2}', add column c numeric(6,2) default 0,
  add column d json default '{"x": [1]}', add column e timestamptz default '2026-01-01', add column "f g" text default 'it''s, {a}',
  add column g text generated always as (upper(v)) stored;
update t set a = 1 where id in (1, 3);
