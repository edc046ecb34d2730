-- expect: restored
-- Foreign keys pass two changes on to the key of one row: what stood between them was never there.
-- setup
create table parent (id int primary key);
create table child (
    a int references parent on update cascade,
    b int references parent on update cascade,
    v text,
    primary key (a, b)
);
insert into parent values (1), (2), (3);
insert into child values (1, 1, 'one'), (1, 2, 'onetwo'), (2, 1, 'twoone'), (2, 2, 'two'), (3, 3, 'three');
-- change
update parent set id = id + 10 where id < 3;
-- application
update child set v = 'app' where a = 3;
