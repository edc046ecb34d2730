-- expect: restored
-- setup
create table r (id int primary key, p int4range not null, live boolean not null, exclude using gist (p with &&) where (live));
insert into r values (1, '[1,5)', true), (2, '[1,5)', false);
-- change
update r set live = false where id = 1;
update r set live = true where id = 2;
