-- expect: refused: with it the expression
-- majors: 15 16
-- setup
create table t (id int primary key, c text collate "C", g text generated always as (upper(c)) stored);
insert into t (id, c) values (1, 'a');
-- change
alter table t alter column g type text;
