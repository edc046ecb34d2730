-- expect: restored
-- caveat: once
-- setup
create table t (id int primary key, v text, n int);
create table u (id int primary key);
create table w (id int primary key);
create publication "P" for table t (id, v) where (id > 0), u with (publish = 'insert, truncate', publish_via_partition_root = true);
comment on publication "P" is 'p';
create publication empty;
-- change
drop publication "P", empty;
