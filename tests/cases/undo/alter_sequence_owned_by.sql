-- expect: refused: sequence
-- setup
create table t (id int primary key); create sequence q;
-- change
alter sequence q owned by t.id;
