-- expect: restored
-- setup
create table t (id int primary key, a int);
create sequence q; create sequence p owned by t.a; create sequence r owned by t.a;
-- change
alter sequence q owned by t.id;
alter sequence p owned by none;
alter sequence r owned by t.id;
