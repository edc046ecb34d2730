-- expect: restored
-- setup
create table other (id int primary key);
create table t (id int, d int, o int, o2 int constraint gone references other on delete cascade, primary key (id, d))
  partition by list (d);
create table t1 partition of t for values in (1);
create table t2 (id int not null, d int not null, o int constraint own references other, o2 int, primary key (id, d));
alter table t attach partition t2 for values in (2);
insert into other values (1);
insert into t values (1, 1, 1, 1), (2, 2, 1, 1);
create table r (id int, d int);
insert into r values (1, 1);
-- change
alter table t add constraint fresh foreign key (o) references other;
alter table t drop constraint gone;
alter table r add foreign key (id, d) references t;
