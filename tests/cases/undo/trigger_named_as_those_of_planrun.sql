-- expect: restored
-- setup
create table t (id int primary key, a text);
create table log (what text);
insert into t values (1, 'a');
create function tf() returns trigger language plpgsql as $$ begin insert into public.log values (tg_op); return null; end $$;
create trigger planrun_capture_mine after update on t for each statement execute function tf();
-- change
update t set a = 'b';
drop trigger planrun_capture_mine on t;
-- change
update t set a = 'c';
drop table t;
