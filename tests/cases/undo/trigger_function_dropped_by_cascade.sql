-- expect: restored
-- setup
create table t (id int primary key, v text);
create function touch() returns trigger language plpgsql as 'begin new.v := upper(new.v); return new; end';
create trigger touch before insert or update on t for each row execute function touch();
alter table t enable always trigger touch;
insert into t values (1, 'a');
-- change
drop function touch() cascade;
update t set v = 'b';
