-- expect: restored
-- setup
create type a as enum ('x');
create domain b as int;
create table t (id int primary key, v a, w b);
-- change
alter type a rename to c;
alter domain b rename to a;
alter type c rename to b;
