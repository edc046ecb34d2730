-- The application gave the row of the run another unique value, and uses that.
-- expect: conflict
-- on conflict: restore
-- conflict: referenced "public"."p" id = 10
-- setup
create table p (id int primary key, code text unique);
create table c (id int primary key, code text references p (code) on delete cascade on update cascade);
-- change
insert into p values (10, 'plan');
-- application
update p set code = 'app';
insert into c values (1, 'app');
