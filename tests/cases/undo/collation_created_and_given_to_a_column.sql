-- The collation stays until the columns, and with them their indexes, have the old one back.
-- expect: restored
-- caveat: not turned
-- setup
create table t (id int primary key, a text unique, b varchar(10));
create index i on t (lower(b), a);
insert into t values (1, 'a', 'x'), (2, 'B', 'y');
create table parts (id int, a text) partition by range (id);
create table part partition of parts for values from (0) to (10);
create index on parts (a);
insert into parts values (1, 'a');
-- change
create collation plain (provider = libc, locale = 'C');
alter table t alter a type text collate plain, alter b type varchar(20) collate plain;
alter table parts alter a type text collate plain;
create index j on t (b, a desc);
-- application
insert into t values (3, 'b', 'z');
