-- expect: conflict
-- on conflict: restore
-- conflict: referenced "public"."p" id = 1
-- setup
create table p (id int primary key, code text unique);
create table c (id int primary key, code text references p (code) on update set null);
insert into p values (1, 'a');
-- change
update p set code = 'plan';
-- application
update p set code = 'app';
insert into c values (1, 'app');
