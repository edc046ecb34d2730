-- expect: conflict
-- conflict: referenced "public"."t" id = 1
-- setup
create table t (id int primary key, a text, b text default '', norm text generated always as (a || b) stored unique);
create table child (id int primary key, n text references t (norm) on delete cascade on update set null);
insert into t (id, a) values (1, 'p'), (2, 'q');
-- change
update t set a = 'r' where id = 1;
-- application
update t set b = 's' where id = 1;
insert into child values (1, 'rs');
