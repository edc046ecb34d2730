-- The server drops all of these with the column, without a word.
-- expect: conflict
-- conflict: altered index "mine" of "public"."c"
-- conflict: altered index "also $ ""mine" of "public"."c"
-- conflict: altered index "third" of "public"."c"
-- conflict: altered constraint "checked" of "public"."c"
-- conflict: altered constraint "alone" of "public"."c"
-- conflict: altered statistics "st" of "public"."c"
-- conflict: altered sequence "sq" of "public"."c"
-- setup
create table c (id int primary key, a int);
-- change
alter table c add column x int check (x > 0) default 5;
create index on c (a, x);
-- application
create index mine on c (a, x);
create index "also $ ""mine" on c (a) where x > 0;
create index third on c ((x + 1));
alter table c add constraint checked check (a > 0 and coalesce(x, 1) > 0), add constraint alone unique (x);
create statistics st on a, x from c;
create sequence sq owned by c.x;
