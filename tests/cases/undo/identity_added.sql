-- expect: refused: identity
-- setup
create table t (id int primary key, a int not null);
-- change
alter table t alter column a add generated always as identity;
