-- expect: restored
-- setup
create type pair as (a int, b varchar(7) collate "C", c numeric(3, 1));
comment on column pair.b is 'b';
-- change
alter type pair drop attribute c, drop attribute b;
