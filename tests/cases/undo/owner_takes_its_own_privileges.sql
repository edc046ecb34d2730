-- expect: refused: its owner took it from itself
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
update t set v = 'b';
revoke insert, select on t from app_owner;
