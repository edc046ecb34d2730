-- expect: restored
-- setup
create table r (id int primary key, p int4range not null, exclude using gist (p with &&));
insert into r values (1, '[1,5)'), (2, '[5,10)'), (3, '[10,15)');
-- change
update r set p = int4range(lower(p) + 5, upper(p) + 5) where id = 3;
update r set p = int4range(lower(p) + 5, upper(p) + 5) where id = 2;
update r set p = int4range(lower(p) + 5, upper(p) + 5) where id = 1;
