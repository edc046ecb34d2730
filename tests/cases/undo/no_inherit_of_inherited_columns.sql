-- The columns would come back as the table's own.
-- expect: refused: became the table's own
-- setup
create table base (id int, v text);
create table child (more int) inherits (base);
-- change
alter table child no inherit base;
