-- expect: restored
-- caveat: not turned
-- setup
create table kept (id int primary key);
-- change
create table t (id int primary key, v text);
create function whole(r t) returns text language sql stable as 'select r.v';
create function all_of() returns setof t language sql stable as 'select * from t';
create view shown as select whole(t.*) as w from t;
