-- expect: stopped: tables were made since that belong to "public"."p": public.child
-- setup
create table p (id int primary key, v int);
insert into p values (1, 1);
-- change
alter table p alter column v type numeric;
-- application
create table child () inherits (p);
insert into child values (5, 1.5);
