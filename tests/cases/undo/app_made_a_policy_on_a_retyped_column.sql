-- expect: conflict: an object made since uses a column of it
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a');
-- change
alter table t alter v type varchar(50);
-- application
create policy p on t using (v <> '');
