-- expect: conflict
-- conflict: altered view "public"."v"
-- setup
create table t (id int primary key);
create function skip() returns trigger language plpgsql as 'begin return null; end';
-- change
create view v as select id from t;
-- application
create trigger skip instead of insert on v for each row execute function skip();
