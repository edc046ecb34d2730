-- expect: restored
-- setup
create table t (v text, w text);
insert into t values ('a', 'b');
-- change
alter table t drop column w;
