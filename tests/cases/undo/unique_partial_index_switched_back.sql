-- expect: restored
-- setup
create table addr (id int primary key, customer int not null, street text, is_default boolean not null);
create unique index on addr (customer) where is_default;
insert into addr values (1, 1, 'a', false), (2, 1, 'b', true), (3, 1, 'c', false), (4, 2, 'd', false), (5, 2, 'e', true);
-- change
update addr set is_default = false where id in (2, 5);
update addr set is_default = true where id in (1, 4);
