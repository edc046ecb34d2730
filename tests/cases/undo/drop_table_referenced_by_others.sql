-- expect: restored
-- setup
create table parent (id int primary key, other int unique);
create table child (id int primary key, p int references parent on delete set null deferrable, o int);
alter table child add constraint by_other foreign key (o) references parent (other) match full not valid;
comment on constraint by_other on child is 'kept';
-- change
drop table parent cascade;
