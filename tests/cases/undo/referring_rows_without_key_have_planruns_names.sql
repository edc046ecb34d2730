-- expect: restored
-- setup
create table t (id int primary key, a text);
create table loose (planrun_image int references t, planrun_nth text, planrun__image text);
insert into t values (1, 'a');
-- change
insert into t values (2, 'b');
insert into loose values (2, 'x', 'y'), (2, 'x', 'y'), (1, null, null);
