-- expect: restored
-- setup
create table t (id int primary key, code text, x text default '', norm text generated always as (lower(code || x)) stored unique);
create table child (id int primary key, n text references t (norm) on delete cascade on update cascade);
insert into t (id, code) values (1, 'A'), (2, 'k'), (3, 'v'), (4, 'w');
insert into child values (1, 'a'), (2, 'k'), (3, 'v');
-- change
update t set code = 'a' where id = 1;
update t set code = 'l' where id = 2;
insert into t (id, code) values (5, 'new');
insert into child values (5, 'new');
delete from t where id = 3;
-- application
insert into child values (6, 'a'), (7, 'w');
update t set x = 'x' where id = 4;
