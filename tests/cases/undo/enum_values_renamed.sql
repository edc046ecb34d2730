-- expect: restored
-- setup
create type mood as enum ('sad', 'glad', 'so so');
create table t (id int primary key, m mood default 'sad' check (m <> 'so so'));
insert into t values (1, 'sad'), (2, 'glad');
-- change
alter type mood rename value 'sad' to 'x';
alter type mood rename value 'glad' to 'sad';
alter type mood rename value 'x' to 'glad';
alter type mood rename value 'so so' to 'meh';
