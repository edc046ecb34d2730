-- expect: settled
-- on conflict: keep
-- conflict: changed "public"."t" id = 13 v -> kept
-- conflict: referenced "public"."t" id = 12 -> kept
-- conflict: referenced "public"."t" id = 11 -> kept
-- conflict: referenced "public"."t" id = 10 -> kept
-- setup
create table t (id int primary key, up int references t on delete cascade, v text);
insert into t values (1, null, 'v');
-- change
insert into t values (10, 1, 'plan'), (11, 10, 'plan'), (12, 11, 'plan'), (13, 12, 'plan'), (14, 12, 'plan'), (15, 1, 'plan');
-- application
update t set v = 'app' where id = 13;
-- expected
insert into t values (10, 1, 'plan'), (11, 10, 'plan'), (12, 11, 'plan'), (13, 12, 'app');
