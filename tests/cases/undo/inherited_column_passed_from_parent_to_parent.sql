-- It is inherited all the time; the way back gives the one parent up before it takes the other.
-- expect: refused: column "public"."child"."id": it was inherited only
-- setup
create table base (id int);
create table other (id int);
create table child () inherits (base);
-- change
alter table child inherit other;
alter table child no inherit base;
