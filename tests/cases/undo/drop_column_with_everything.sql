-- expect: restored
-- setup
create table p (id int primary key);
insert into p select generate_series(1, 20);
create table t (id int primary key, n int references p, keep text, code text not null default 'none' collate "C" check (code <> ''));
insert into t select i, i, 'k', 'c' || i from generate_series(1, 20) i;
alter table t add constraint code_unique unique (code);
alter table t add constraint both_of check (code <> keep);
create index t_code_n on t (code text_pattern_ops desc, n) include (keep) where n > 3;
create index t_expr on t (lower(code));
create statistics t_stat (dependencies) on code, n from t;
alter statistics t_stat set statistics 50;
comment on statistics t_stat is 'stat';
comment on column t.code is 'the code';
comment on constraint both_of on t is 'both';
comment on constraint code_unique on t is 'unique';
comment on index t_expr is 'lower';
alter table t alter column code set statistics 77;
alter table t alter column code set storage external;
alter table t alter column code set (n_distinct = 5);
grant select (code), update (code) on t to case_reader;
create table ref (id int primary key, code text references t (code) on update cascade);
insert into ref values (1, 'c3');
create view v as select id, code from t;
comment on view v is 'a view';
comment on column v.code is 'code of view';
grant select on v to case_reader;
create view vv with (security_barrier = true) as select code from v where id > 2;
create trigger upd after update of code on t for each row when (old.code is distinct from new.code) execute function suppress_redundant_updates_trigger();
-- change
alter table t drop column code cascade;
