-- expect: refused: do not fit into one row
-- setup
create table t (id int primary key, v text);
do $$ begin
    for i in 1 .. 130 loop execute format('alter table t add column c%s box', i); end loop;
    insert into t (id, v) select i, 'v' from generate_series(1, 3) i;
    for i in 1 .. 130 loop execute format('update t set c%s = box ''(0,0),(1,1)''', i); end loop;
end $$;
-- change
update t set v = 'new' where id < 3;
