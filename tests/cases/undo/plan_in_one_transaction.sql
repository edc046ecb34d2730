-- expect: restored
-- transaction: plan
-- setup
create table a (id int primary key, v text); create table b (id int primary key, a int references a on delete cascade);
insert into a select i, 'v' from generate_series(1, 10) i; insert into b select i, i from generate_series(1, 10) i;
-- change
update a set v = 'w' where id < 5;
alter table a add column n int default 5;
-- change
update a set n = id, v = v || '!' where id < 8;
delete from a where id = 10;
create table c (id int primary key, a int references a);
insert into c values (1, 1);
-- change
do $$ begin begin update b set a = 1 where id = 9; exception when others then null; end; end $$;
alter table a rename column v to w;
insert into c values (2, 2);
-- change
alter table a drop column n;
update a set w = 'last' where id = 1;
create index on a (w);
comment on column a.w is 'w';
grant select on a to case_reader;
