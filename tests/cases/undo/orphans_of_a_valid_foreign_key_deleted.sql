-- expect: refused: refer by ch_p_fkey to rows that are not there
-- setup
create table p (id int primary key);
create table ch (id int primary key, p int references p);
insert into p values (1);
insert into ch values (1, 1);
-- superuser
set session_replication_role = replica;
insert into ch values (2, 99), (3, 98);
reset session_replication_role;
-- change
delete from ch where id = 2;
update ch set p = null where id = 3;
