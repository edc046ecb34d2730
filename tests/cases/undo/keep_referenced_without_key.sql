-- No row of a table without a key can be told from its equals, so that none can stay: the conflict ends the way back.
-- expect: conflict
-- conflict: referenced "public"."p" (b,plan)
-- on conflict: keep
-- setup
create table p (code text unique, v text);
create table c (id int primary key, code text references p (code));
insert into p values ('a', 'v');
-- change
insert into p values ('b', 'plan');
-- application
insert into c values (1, 'b');
