-- expect: restored
-- setup
create table p (id int primary key, code text unique);
insert into p select i, 'c' || i from generate_series(1, 12) i;
create table cascading (id int primary key, p int references p on delete cascade on update cascade);
create table nulling (id int primary key, p int references p on delete set null on update set null);
create table defaulting (id int primary key, p int default 12 references p on delete set default);
create table grandchild (id int primary key, c int references cascading on delete cascade, v text);
create table by_code (id int primary key, code text references p (code) on update cascade);
insert into cascading select i, i from generate_series(1, 12) i;
insert into nulling select i, i from generate_series(1, 12) i;
insert into defaulting select i, 1 from generate_series(1, 3) i;
insert into grandchild select i, i, 'g' from generate_series(1, 12) i;
insert into by_code select i, 'c' || i from generate_series(5, 8) i;
-- change
delete from p where id in (1, 2, 3);
update p set id = id + 100 where id in (4);
update p set code = 'moved' || code where id in (5, 6);
