-- expect: settled
-- on conflict: restore
-- conflict: exists "public"."t" id = 1 -> restored
-- conflict: deleted "public"."t" id = 2 -> restored
-- setup
create table t (id int primary key, v text);
create table log (what text);
create function note() returns trigger language plpgsql as
  $$ begin insert into log values (tg_op); return coalesce(new, old); end $$;
insert into t values (1, 'v'), (2, 'v');
create trigger noted before insert or update or delete on t for each row execute function note();
-- change
delete from t where id = 1;
update t set v = 'plan' where id = 2;
-- application
insert into t values (1, 'app');
delete from t where id = 2;
-- expected
insert into log values ('INSERT'), ('DELETE');
