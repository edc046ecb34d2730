-- What is left are rows of nothing, by which the way back itself could not be taken back.
-- expect: restored
-- caveat: not turned
-- setup
create table t (a int, b text);
insert into t values (1, 'a'), (1, 'a'), (2, 'b');
create type mood as enum ('good', 'bad');
create table u (moods mood[]);
insert into u values ('{good,bad}');
create table empty (a int);
-- change
alter table t drop column b, drop column a;
drop type mood cascade;
alter table empty drop column a;
-- caveat: column order
