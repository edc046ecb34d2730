-- expect: refused: belongs to
-- superuser
create table theirs (id int primary key, v text);
insert into theirs values (1, 'a');
grant all on theirs to app_owner;
-- setup
create table t (id int);
-- change
update theirs set v = 'b';
