-- expect: restored
-- setup
create table t (id int not null, d int not null, v text) partition by list (d);
create table t1 partition of t for values in (1);
create unique index t_id on t (id, d);
create statistics t_stat on id, d from t;
insert into t values (1, 1);
-- change
comment on table t is 'root';
grant select on t to case_reader;
alter table t enable row level security;
create policy p on t using (id > 0);
create statistics t_more on id, v from t;
drop statistics t_stat;
alter table t1 replica identity using index t1_id_d_idx;
alter table t1 cluster on t1_id_d_idx;
alter table t rename to tt;
alter table t1 rename to tt1;
comment on column tt.v is 'v';
