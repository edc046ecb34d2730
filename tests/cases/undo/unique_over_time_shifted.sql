-- expect: restored
-- majors: 18
-- setup
create table r (id int primary key, room int4range, p int4range, unique (room, p without overlaps));
insert into r values (1, '[1,2)', '[5,10)'), (2, '[1,2)', '[10,15)');
-- change
update r set p = int4range(lower(p) - 3, upper(p) - 3) where id = 1;
update r set p = int4range(lower(p) - 3, upper(p) - 3) where id = 2;
