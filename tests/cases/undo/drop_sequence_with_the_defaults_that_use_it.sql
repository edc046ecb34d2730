-- expect: restored
-- setup
create sequence q;
create table t (id int primary key default nextval('q'), n int default nextval('q') + 1);
alter sequence q owned by t.id;
-- change
drop sequence q cascade;
