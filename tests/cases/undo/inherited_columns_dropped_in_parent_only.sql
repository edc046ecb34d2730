-- The child keeps the column, which becomes its own and would stay so.
-- expect: refused: became the table's own
-- setup
create table base (id int, v text);
create table child () inherits (base);
-- change
alter table only base drop column v;
