-- expect: restored
-- One statement writes the same row twice, and the server fires its triggers once for both.
-- setup
create table parent (id int primary key);
create table child (
    id int primary key,
    a int references parent on delete set null,
    b int references parent on delete set null,
    v text
);
insert into parent select i from generate_series(1, 5) i;
insert into child values (1, 1, 1, 'both'), (2, 1, 2, 'first'), (3, 2, 1, 'second'), (4, 3, 3, 'neither');
-- change
delete from parent where id = 1;
-- application
update child set v = 'app' where id in (1, 4);
