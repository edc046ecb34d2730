-- expect: refused: row security
-- setup
create table t (id int primary key, v text);
insert into t values (1, 'a'), (2, 'b');
alter table t enable row level security;
alter table t force row level security;
-- change
alter table t drop column v;
