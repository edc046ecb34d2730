-- expect: restored
-- setup
create table p (id int primary key, code text, constraint p_code unique (code));
insert into p values (1, 'a');
create table t (id int primary key, code text references p (code) on delete cascade);
insert into t values (1, 'a');
-- change
alter table p drop constraint p_code cascade;
