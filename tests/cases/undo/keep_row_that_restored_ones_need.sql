-- A row that comes back refers to one that the application deleted: that cannot stay deleted.
-- expect: stopped: refer
-- on conflict: keep
-- setup
create table p (id int primary key, v text);
create table c (id int primary key, p int references p);
insert into p values (1, 'v'); insert into c values (1, 1);
-- change
delete from c;
update p set v = 'plan';
-- application
delete from p;
