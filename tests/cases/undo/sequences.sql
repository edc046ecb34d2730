-- expect: restored
-- setup
create table t (id int primary key);
-- change
create sequence q start 100 increment 5 owned by t.id;
create sequence q2;
alter table t alter column id set default nextval('q');
comment on sequence q2 is 'two';
insert into t default values; insert into t default values;
