-- expect: refused: check c_v_check, as it is now
-- setup
create function ok(int) returns boolean immutable language sql as 'select true';
create table c (id int primary key, v int check (ok(v)));
insert into c values (1, -1), (2, 2);
create or replace function ok(int) returns boolean immutable language sql as 'select $1 > 0';
-- change
update c set v = 1 where id = 1;
