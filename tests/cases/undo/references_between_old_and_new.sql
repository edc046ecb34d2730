-- expect: restored
-- caveat: not turned
-- setup
create table a (id int primary key, code text);
insert into a values (1, 'x');
-- change
alter table a add constraint a_code unique (code);
create table b (code text references a (code), id int primary key);
insert into b values ('x', 1);
alter table a add column b int references b;
update a set b = 1;
create function f() returns text language sql stable return (select code from b where id = 1);
alter table a alter column code set default f();
alter table a add constraint positive check (f() is not null);
create index on a (id) where id > 0;
