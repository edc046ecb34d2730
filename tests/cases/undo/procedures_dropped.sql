-- expect: restored
-- setup
create procedure p(in a int, out b int, inout c text default 'x') language plpgsql as 'begin b := a; end';
create procedure p(variadic a int[]) language sql begin atomic select 1; end;
-- change
drop procedure p(int, out int, text);
drop procedure p(int[]);
