-- expect: refused: inherited columns or constraints
-- setup
create table base (id int, v text);
create table child (more int) inherits (base);
-- change
drop table base cascade;
