-- expect: restored
-- setup
create table t (id int primary key, v text, n int);
create table u (id int primary key);
create table w (id int primary key);
-- change
create publication p for table t (id, v) where (n > 0), u with (publish = 'insert');
comment on publication p is 'p';
