-- expect: restored
-- caveat: column order
-- change
create table t (id int primary key, "a $planrun$ ""b" text, c int); insert into t values (1, 'x', 3), (2, null, 4);
-- change
alter table t drop column "a $planrun$ ""b";
