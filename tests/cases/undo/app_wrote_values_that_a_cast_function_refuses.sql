-- expect: conflict
-- conflict: type "public"."t" id = 3 b
-- setup
create type c as (q int);
create table t (id int primary key, b c);
insert into t values (1, row(1)), (2, row(2));
create function c_of(x int) returns c language plpgsql as $$
begin if x > 9 then raise exception 'too large'; end if; return row(x)::c; end $$;
create cast (int as c) with function c_of(int);
-- change
alter table t alter b type int using (b).q;
-- application
insert into t values (3, 10);
