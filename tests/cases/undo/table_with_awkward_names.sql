-- expect: restored
-- setup
create schema "Odd ""schema";
create table "Odd ""schema"."Ta.ble; '--" (t int primary key, "n" int, "K1" text, "c1" text, "a b" text, r text, "planrun_2" text, side text);
insert into "Odd ""schema"."Ta.ble; '--" select i, i, 'k', 'c', 'ab', 'r', 'p', 's' from generate_series(1, 5) i;
-- change
update "Odd ""schema"."Ta.ble; '--" set "n" = 5, "K1" = 'x', "c1" = null, "a b" = '', r = 'q', "planrun_2" = 'w', side = 'b' where t < 3;
delete from "Odd ""schema"."Ta.ble; '--" where t = 4;
alter table "Odd ""schema"."Ta.ble; '--" add column "x'y" text default 'it''s', drop column "a b";
insert into "Odd ""schema"."Ta.ble; '--" (t, "x'y") values (9, 'z');
-- caveat: column order
