-- expect: refused: constraint "c" of "public"."child": it was inherited only
-- setup
create table base (id int, kind int, constraint c check (kind = 1));
create table child (id int, kind int) inherits (base);
-- change
alter table child no inherit base;
create table root (id int, kind int, constraint c check (kind = 1)) partition by list (kind);
alter table root attach partition child for values in (1);
