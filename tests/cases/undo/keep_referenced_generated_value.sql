-- expect: settled
-- on conflict: keep
-- conflict: referenced "public"."t" id = 2 -> kept
-- setup
create table t (id int primary key, code text, norm text generated always as (lower(code)) stored unique);
create table child (id int primary key, n text references t (norm) on delete cascade on update cascade);
insert into t (id, code) values (1, 'A'), (2, 'B');
-- change
update t set code = code || 'x';
insert into t (id, code) values (3, 'C');
-- application
insert into child values (1, 'bx');
-- expected
update t set code = 'Bx' where id = 2;
insert into child values (1, 'bx');
