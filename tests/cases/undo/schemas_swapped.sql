-- expect: restored
-- setup
create schema a;
create schema b;
create table a.t (id int primary key);
create table b.t (id int primary key, v int);
insert into b.t values (1, 1);
-- change
alter schema a rename to c;
alter schema b rename to a;
alter schema c rename to b;
update a.t set v = 2;
comment on schema a is 'was b';
