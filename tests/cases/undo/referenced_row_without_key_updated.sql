-- expect: restored
-- setup
create table t (id int unique, v text, parent int references t (id));
create table u (id int primary key, t int references t (id));
insert into t values (1, 'a', 1), (2, 'b', 1), (3, 'c', null); insert into u values (1, 1), (2, 2);
-- change
update t set v = v || '!';
