-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t select i, 'v' from generate_series(1, 5) i;
-- change
do $$ begin
  for i in 1..4 loop
    begin
      update t set v = v || i where id = i;
      execute format('alter table t add column c%s int default %s', i, i);
      begin
        insert into t (id, v) values (10 + i, 'sub');
      exception when unique_violation then null;
      end;
    end;
  end loop;
end $$;
-- application
insert into t (id, v) values (99, 'app');
