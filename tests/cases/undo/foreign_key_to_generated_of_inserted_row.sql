-- expect: conflict
-- conflict: referenced "public"."t" id = 2
-- setup
create table t (id int primary key, code text, norm text generated always as (lower(code)) stored unique);
create table child (id int primary key, n text references t (norm) on delete cascade);
insert into t (id, code) values (1, 'A');
-- change
insert into t (id, code) values (2, 'B');
-- application
insert into child values (1, 'b');
