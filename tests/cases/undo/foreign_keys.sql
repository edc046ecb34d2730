-- expect: restored
-- setup
create table p (id int primary key, code text unique);
insert into p values (1, 'a');
create table t (id int primary key, p int references p, code text);
insert into t values (1, 1, 'a');
alter table t add constraint loose foreign key (code) references p (code) not valid;
comment on constraint t_p_fkey on t is 'to p';
-- change
alter table t add constraint strict foreign key (code) references p (code) on update cascade on delete set null deferrable initially deferred;
alter table t add constraint strict2 foreign key (p) references p not valid;
alter table t drop constraint t_p_fkey;
alter table t validate constraint loose;
