-- expect: stopped: column v of "public"."c" is called z now
-- setup
create table c (id int primary key, v int);
insert into c values (1, 1);
-- change
alter table c alter v set not null, alter v set default 5;
-- application
alter table c rename column v to z;
alter table c add column v int not null default 2;
