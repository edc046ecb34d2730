-- expect: restored
-- superuser
create domain d as int;
create schema parents;
create table parents.p (id int primary key);
alter table parents.p enable row level security;
insert into parents.p values (1), (2);
do $$ begin execute format('grant usage on schema parents to %I', (select rolname from pg_roles r join pg_database b on b.datdba = r.oid where datname = current_database()));
execute format('grant references on parents.p to %I', (select rolname from pg_roles r join pg_database b on b.datdba = r.oid where datname = current_database())); end $$;
-- setup
create table t (id int primary key, x d, p int references parents.p);
insert into t values (1, -1, null), (2, 60, null), (3, 61, 1);
-- superuser
alter domain d add constraint pos check (value > 0) not valid;
-- change
update t set x = 1 where id = 2;
delete from t where id = 3;
