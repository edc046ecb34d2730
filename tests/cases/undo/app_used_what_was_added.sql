-- Beside what the step made the application goes on with its own, and with properties of what goes.
-- expect: restored
-- setup
create table c (id int primary key, a int);
create table q (id int, a int) partition by list (id);
-- change
alter table c add column x int;
create index on c (a, x);
alter table c alter a set default 7;
create table q1 partition of q for values in (1);
-- application
create index mine on c (a);
alter table c add constraint positive check (a > 0);
create table q2 partition of q for values in (2);
create index on q (a);
alter table q add column more int, add check (a > 0);
alter table only c alter id set default 3;
