-- expect: restored
-- caveat: not turned
-- setup
create table t (id int primary key, v text);
-- change
create collation mine (locale = 'C');
create index on t (v collate mine);
create conversion latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
alter table t add column w text collate mine;
