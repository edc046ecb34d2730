-- expect: restored
-- setup
create type pair as (a int, b text);
create table t (id int primary key);
insert into t values (1), (2);
-- change
alter table t add column b box default '(2,0.5),(0,0)', add column bs box[] default '{(1,1),(0,0);(2,2),(0,0)}', add column a int[] default '[2:3]={7,8}',
  add column e text[] default '{}', add column x text[] default '{"a,b",NULL,"NULL","\"{"}', add column p pair default '(1,"x, ""y""")', add column ps pair[] default '{"(1,a)"}',
  add column q text default '', add column s text default '{"\,', add column r int4range default '[1,5)', add column c char(4) default 'a';
update t set a = '{7,8}', c = 'b' where id = 2;
-- application
insert into t (id) values (3);
