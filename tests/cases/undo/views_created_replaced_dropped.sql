-- expect: restored
-- setup
create table t (id int primary key, a int, b text);
create view v1 as select id, a from t;
create view v2 with (security_barrier = true, check_option = cascaded) as select id, b from t where id > 0;
create view v3 as select v1.a, v2.b from v1 join v2 using (id);
create view v4 as select id from t;
comment on view v2 is 'two'; comment on column v2.b is 'b of two';
grant select on v2 to case_reader; grant select (a), update (a) on v1 to case_writer with grant option;
create rule v4_insert as on insert to v4 do instead insert into t (id) values (new.id);
create function ins() returns trigger language plpgsql as 'begin return new; end';
create trigger v1_ins instead of insert on v1 for each row execute function ins();
alter view v4 alter column id set default 5;
-- change
create view fresh as select 1 as one;
create or replace view v4 as select id, a from t;
drop view v3;
drop view v2;
drop view v1;
create view v1 as select 'other' as thing;
