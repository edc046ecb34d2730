-- expect: conflict
-- conflict: altered type "public"."d"
-- setup
create domain d as int;
create table h (id int primary key, x d);
insert into h values (1, 1), (3, -1);
alter domain d add constraint hc check (value > 0) not valid;
-- change
update h set x = 5 where x < 0;
-- application
alter domain d validate constraint hc;
comment on constraint hc on domain d is 'written since';
