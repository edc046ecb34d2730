-- expect: refused: no key tells the rows
-- setup
create domain email as text check (value ~ '@');
create table t (id int, b email);
insert into t values (1, 'a@b'), (2, 'c@d');
-- change
alter table t alter b type text;
update t set b = 'none' where id = 1;
