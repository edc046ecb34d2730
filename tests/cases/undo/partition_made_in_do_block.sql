-- Nothing of it is named in the text.
-- expect: restored
-- setup
create table t (id int, d int, v text, primary key (id, d)) partition by list (d);
create table t1 partition of t for values in (1);
create table loose (id int not null, d int not null, v text, primary key (id, d));
insert into t values (1, 1, 'a');
insert into loose values (3, 3, 'c');
-- change
do $$ declare base text := 't'; begin
  execute format('create table %s partition of %s for values in (2)', base || '2', base);
  execute format('alter table %s attach partition loose for values in (3)', base);
  execute format('alter table %s add column w int', base);
  execute format('alter table %s drop column v', base);
  execute format('drop table %s', base || '1');
end $$;
