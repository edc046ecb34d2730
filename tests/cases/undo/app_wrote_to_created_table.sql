-- expect: conflict
-- conflict: rows "public"."fresh"
-- conflict: rows "public"."other"
-- setup
create table t (id int primary key, code text);
insert into t values (1, 'a');
-- change
create table fresh as select * from t;
create table other (id int primary key);
create table third (id int primary key);
-- application
update fresh set code = 'app';
insert into other values (1);
insert into third values (1); delete from third;
