-- expect: refused: inherit
-- setup
create table base (id int primary key);
-- change
create table t (v text) inherits (base);
