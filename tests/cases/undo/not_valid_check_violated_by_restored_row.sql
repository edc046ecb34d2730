-- expect: restored
-- setup
create table p (id int primary key);
create table t (id int primary key, a int, p int);
insert into t values (1, null, 7), (2, 5, 8), (3, 1, null);
alter table t add constraint k check (a is not null) not valid;
alter table t add constraint f foreign key (p) references p not valid;
comment on constraint k on t is 'for new rows';
-- change
delete from t where id = 1;
update t set p = null where id = 2;
-- application
insert into t values (4, 2, null);
