-- expect: restored
-- setup
create table addr (id int primary key, customer int not null, street text, is_default boolean not null);
create unique index on addr (customer) where is_default;
insert into addr values (1, 1, 'a', true), (2, 1, 'b', false), (3, 1, 'c', false), (4, 2, 'd', true), (5, 2, 'e', false);
-- change
update addr set is_default = false where id in (1, 4);
update addr set is_default = true where id in (3, 5);
