-- expect: restored
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
do $$ begin
  begin
    update t set v = 'b';
    raise exception 'x';
  exception when others then null;
  end;
  update t set v = 'c';
end $$;
