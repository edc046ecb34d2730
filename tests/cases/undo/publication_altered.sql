-- expect: restored
-- setup
create table t (id int primary key, v text, n int);
create table u (id int primary key);
create table w (id int primary key);
create publication p for table t (id, v), u;
create publication q;
-- change
alter publication p set table t (id) where (id > 5), w;
alter publication p set (publish = 'delete');
alter publication p rename to r;
comment on publication r is 'r';
alter publication q add table u;
alter table u rename to uu;
