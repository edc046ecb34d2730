-- expect: restored
-- caveat: column order
-- setup
create domain base as int;
create domain d as base;
create type pair as (l d, r text);
create table c (id int primary key, v d, l d[], p pair);
create table gone (id int primary key, v d);
create table dropped (id int primary key, v d, w d);
insert into c values (1, -5, '{-1,2}', '(-3,x)'), (2, 2, '{2}', '(3,y)'), (3, -7, null, null);
insert into gone values (1, -1), (2, 1);
insert into dropped values (1, -1, -1), (2, 1, null);
alter domain d add constraint pos check (value > 0) not valid;
alter domain base add constraint small check (value > -4) not valid;
comment on constraint pos on domain d is 'for new values';
-- change
update c set v = 5, l = '{7}', p = '(1,x)' where id = 1;
delete from c where id = 3;
drop table gone;
alter table dropped drop column v;
-- application
update c set v = 9 where id = 2;
