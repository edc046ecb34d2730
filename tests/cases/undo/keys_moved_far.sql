-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 20) i;
create table c (id int primary key, t int references t on update cascade);
insert into c select i, i from generate_series(1, 20) i;
-- change
update t set id = id + 1000;
