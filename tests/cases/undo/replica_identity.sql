-- expect: restored
-- setup
create table t (id int primary key, v text);
create table u (id int primary key, a int not null unique, b int not null unique);
alter table u replica identity using index u_a_key;
create table w (id int primary key); alter table w replica identity nothing;
-- change
alter table t replica identity full;
alter table u replica identity using index u_b_key;
alter table w replica identity default;
