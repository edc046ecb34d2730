-- expect: conflict
-- conflict: referenced "public"."t" id = 1
-- setup
create table t (id int primary key, code text, norm text generated always as (lower(code)) stored unique);
insert into t (id, code) values (1, 'A');
-- change
update t set code = 'C' where id = 1;
-- application
create table child (id int primary key, n text references t (norm) on update set null);
insert into child values (1, 'c');
