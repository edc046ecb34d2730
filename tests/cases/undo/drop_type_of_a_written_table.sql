-- expect: restored
-- caveat: column order
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood, v text);
insert into t values (1, 'sad', 'a'), (2, 'glad', 'b');
-- change
update t set v = 'c', m = 'glad';
drop type mood cascade;
