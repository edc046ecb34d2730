-- expect: settled
-- on conflict: keep
-- caveat: column order
-- conflict: referenced "public"."p" id = 1 -> kept
-- setup
create table p (id int primary key, gone text not null, code text unique, v text);
create table c (id int primary key, code text references p (code) on update cascade);
insert into p values (1, 'g1', 'a', 'v'), (2, 'g2', 'b', 'v');
-- change
update p set code = code || code, v = 'plan', gone = 'plan';
alter table p drop column gone;
-- application
insert into c values (1, 'aa');
-- expected
update p set code = 'aa', v = 'plan' where id = 1;
insert into c values (1, 'aa');
