-- expect: restored
-- setup
create table t (id int primary key, v text);
create table s (id int primary key, v text);
insert into t select i, 'v' || i from generate_series(1, 10) i;
insert into s select i, 's' || i from generate_series(5, 15) i;
-- change
merge into t using s on s.id = t.id
when matched and s.id = 7 then delete
when matched then update set v = s.v
when not matched then insert values (s.id, s.v);
