-- expect: restored
-- caveat: column order
-- setup
create table t (id int primary key, a int, b int);
create view v1 as select id, a from t;
create view v2 as select * from v1;
create rule r as on insert to v2 do instead insert into t (id) values (new.id);
create policy p on t using (a > 0);
create index i on t (a, b);
create statistics s on b, (a + 1) from t;
-- change
alter table t drop column a cascade;
