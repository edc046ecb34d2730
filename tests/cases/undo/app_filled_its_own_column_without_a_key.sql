-- expect: stopped: column mine of "public"."t" was added since and has values
-- setup
create table t (v text);
insert into t values ('a'), ('b');
-- change
update t set v = 'plan' where v = 'a';
-- application
alter table t add column mine int;
update t set mine = 7 where v = 'plan';
