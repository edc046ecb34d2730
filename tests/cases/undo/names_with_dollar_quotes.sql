-- expect: restored
-- setup
create table "a $planrun$ b" (id int primary key, "c $planrun$ d" int); insert into "a $planrun$ b" values (1, 2);
-- change
update "a $planrun$ b" set "c $planrun$ d" = 3;
create table "e $planrun$ f" (id int primary key, "c $planrun$ d" int); insert into "e $planrun$ f" values (1, 2);
