-- expect: restored
-- setup
create table t (id int primary key, a int);
create table log (id serial primary key, what text);
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger kept before insert on t for each row execute function touch();
create trigger dropped after update of a on t for each row when (old.a is distinct from new.a) execute function touch();
create trigger off before delete on t for each row execute function touch();
alter table t disable trigger off;
create trigger rep before delete on t for each row execute function touch();
alter table t enable replica trigger rep;
comment on trigger rep on t is 'replica';
create constraint trigger late after insert on t deferrable initially deferred for each row execute function touch();
create rule noted as on delete to log do also select 1;
-- change
create or replace trigger kept after insert on t for each row execute function touch();
drop trigger dropped on t;
drop trigger rep on t;
alter table t enable always trigger off;
drop trigger late on t;
create trigger fresh before update on t for each row execute function touch();
drop rule noted on log;
create rule other as on update to log do instead nothing;
alter table log disable rule other;
