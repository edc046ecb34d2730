-- expect: restored
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood);
insert into t values (1, 'sad'), (2, 'glad');
-- change
update t set m = 'glad' where id = 1;
-- change
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
-- change
update t set m = 'glad' where id = 2;
-- change
alter table t alter m type text;
drop type mood;
