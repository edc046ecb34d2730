-- expect: restored
-- setup
create type pair as (a int, b text);
comment on column pair.a is 'a';
-- change
alter type pair rename attribute a to x;
alter type pair alter attribute x type bigint;
alter type pair alter attribute b type text collate "C";
comment on column pair.x is null;
