-- expect: restored
-- caveat: content
-- setup
create table t (id int primary key);
insert into t values (7);
create materialized view mv as select id from t;
create materialized view above as select id from mv;
-- change
update t set id = 8;
do $$ begin execute 'refresh materialized view ' || 'mv'; execute 'refresh materialized view ' || 'above'; end $$;
