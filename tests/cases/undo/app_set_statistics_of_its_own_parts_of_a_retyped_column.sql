-- expect: restored
-- superuser
grant case_writer to app_owner;
-- setup
grant all on schema public to case_writer;
create table t (id int primary key, n int, m int);
-- change
alter table t alter n type bigint;
-- application
create index if not exists x on t ((n + 1), m, (m * n));
create statistics if not exists s on n, m from t;
alter index x alter column 1 set statistics 20;
alter index x alter column 3 set statistics 30;
alter statistics s set statistics 40;
alter statistics s owner to case_writer;
comment on index x is 'of the application';
comment on statistics s is 'of the application';
