-- expect: refused: its values were renamed
-- setup
create type mood as enum ('sad', 'glad');
create table t (id int primary key, m mood);
insert into t values (1, 'sad');
-- change
alter type mood rename value 'sad' to 'x';
update t set m = 'glad';
