-- expect: restored
-- setup
create table kept (id int primary key);
-- change
create table t (id int primary key, v text not null default 'x' check (v <> ''), w numeric(10,2));
insert into t values (1, 'a', 1.10), (2, 'b', null);
comment on table t is 'new'; comment on column t.v is 'value';
create index on t (w);
