-- The columns are inherited from both, but are the table's own between the one and the other.
-- expect: refused: column "public"."child"."id": it was inherited only
-- setup
create table base (id int, kind int);
create table child () inherits (base);
insert into child values (1, 1);
-- change
alter table child no inherit base;
create table root (id int, kind int) partition by list (kind);
alter table root attach partition child for values in (1);
